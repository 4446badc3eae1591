package io.flowcore.worker.archive;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.manifest.ManifestCodec;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.FrameEvents;
import io.flowcore.worker.archive.segment.FrameReader;
import io.flowcore.worker.archive.segment.FrameSource;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Lists and verifies a whole archive. Changes nothing. */
public final class ArchiveInspection {
  private final ArchiveStore store;

  /** Creates an inspection of a store. */
  public ArchiveInspection(ArchiveStore store) {
    this.store = store;
  }

  /** Receives what is found, hour by hour. */
  public interface Visitor<E extends Exception> {
    /** Receives an hour that has a manifest. */
    void hour(String prefix, Manifest manifest) throws E;

    /** Receives an hour whose manifest cannot be read, or is missing although it has objects. */
    void broken(String prefix, ArchiveException problem) throws E;

    /**
     * Receives an object that is not listed in the manifest of its hour, or is not in the directory
     * of an hour.
     */
    default void unlisted(String prefix, String name) throws E {}
  }

  /**
   * Visits every hour below a prefix, sorted by name.
   *
   * @param prefix without a trailing slash; empty for the whole archive
   */
  public <E extends Exception> void visit(String prefix, Visitor<E> visitor) throws E {
    // A directory archive that was copied to a bucket includes its directory of drafts. No other
    // name begins with a dot.
    List<String> names;
    try {
      names = store.list(prefix).stream().filter(name -> !name.startsWith(".")).toList();
    } catch (ArchiveException e) {
      visitor.broken(prefix, e);
      return;
    }
    if (ArchiveKeyLayout.isHourPrefix(prefix)) {
      visitHour(prefix, names, visitor);
      return;
    }
    for (String name : names) {
      if (name.endsWith("/")) {
        String below = name.substring(0, name.length() - 1);
        visit(prefix.isEmpty() ? below : prefix + "/" + below, visitor);
      } else {
        visitor.unlisted(prefix, name);
      }
    }
  }

  private <E extends Exception> void visitHour(
      String prefix, List<String> names, Visitor<E> visitor) throws E {
    Manifest manifest;
    try {
      manifest = manifest(prefix);
    } catch (ArchiveException e) {
      visitor.broken(prefix, e);
      return;
    }
    visitor.hour(prefix, manifest);
    Set<String> listed =
        manifest.segments().stream().map(Segment::name).collect(Collectors.toSet());
    for (String name : names) {
      if (!listed.contains(name) && !name.equals(ArchiveKeyLayout.MANIFEST)) {
        visitor.unlisted(prefix, name);
      }
    }
  }

  /**
   * Returns the manifest of an hour.
   *
   * @throws ArchiveException {@code MISSING} if there is none
   */
  public Manifest manifest(String prefix) throws ArchiveException {
    String key = prefix + "/" + ArchiveKeyLayout.MANIFEST;
    return ManifestCodec.read(
        key, store.read(key).orElseThrow(() -> ArchiveException.missing(key)).bytes());
  }

  /**
   * Opens the events of an hour in the order of their ids, each once.
   *
   * @throws ArchiveException if the first events cannot be read
   */
  public ArchiveCursor events(Manifest manifest) throws ArchiveException {
    TimeBucket bucket =
        TimeBucket.parse(manifest.timeBucket())
            .orElseThrow(() ->
                new ArchiveException(
                    Kind.CORRUPT,
                    "a manifest has an invalid time bucket: " + manifest.timeBucket()));
    return new ArchiveCursor(
        FrameSource.uncached(store),
        manifest.type(),
        bucket,
        manifest.segments(),
        EventRange.ofHour(bucket, ReadOrder.ASCENDING),
        MemoryAccounting.UNLIMITED);
  }

  /**
   * Reads every byte of a segment and compares it with the manifest.
   *
   * @throws ArchiveException that describes the first problem
   */
  public void verify(String prefix, Segment segment) throws ArchiveException {
    String key = prefix + "/" + segment.name();
    Optional<TimeBucket> hour = ArchiveKeyLayout.hourOfPrefix(prefix);
    Optional<Long> size = store.size(key);
    if (size.isEmpty()) {
      throw ArchiveException.missing(key);
    }
    if (size.get() != segment.size()) {
      throw new ArchiveException(
          Kind.CORRUPT, key + " has " + size.get() + " bytes instead of " + segment.size());
    }
    MessageDigest digest = Sha256.newDigest();
    for (Frame frame : segment.frames()) {
      byte[] bytes = store.range(key, frame.offset(), frame.length());
      digest.update(bytes);
      checkHour(hour, key, FrameReader.read(frame, bytes, key));
    }
    String found = HexFormat.of().formatHex(digest.digest());
    if (!found.equals(segment.sha256())) {
      throw new ArchiveException(
          Kind.CORRUPT, key + " has the SHA-256 " + found + " instead of " + segment.sha256());
    }
  }

  private static void checkHour(Optional<TimeBucket> hour, String key, FrameEvents events)
      throws ArchiveException {
    boolean inside =
        hour.equals(Optional.of(events.id(0).bucket()))
            && hour.equals(Optional.of(events.id(events.size() - 1).bucket()));
    if (!inside) {
      throw new ArchiveException(Kind.CORRUPT, key + " has events of another hour");
    }
  }
}
