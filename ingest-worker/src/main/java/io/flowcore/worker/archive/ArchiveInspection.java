package io.flowcore.worker.archive;

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
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks at a whole archive: what is there, and whether all of it is what it should be. */
public final class ArchiveInspection {
  private final ArchiveStore store;

  /** Looks at a store. */
  public ArchiveInspection(ArchiveStore store) {
    this.store = store;
  }

  /** Takes what is found, hour by hour. */
  public interface Visitor<E extends Exception> {
    /** An hour that has a manifest. Its folder names it. */
    void hour(String folder, Manifest manifest) throws E;

    /** An hour whose manifest can't be read, or is missing though there are segments. */
    void broken(String folder, ArchiveException problem) throws E;

    /** An object of an hour that its manifest does not name. */
    default void unnamed(String folder, String name) throws E {}
  }

  /**
   * Visits every hour below a folder, in the order of the names.
   *
   * @param folder without a slash at its end; empty for all
   */
  public <E extends Exception> void visit(String folder, Visitor<E> visitor) throws E {
    // A folder that was copied to a bucket has brought its drafts; no name of ours begins like
    // that.
    List<String> names;
    try {
      names = store.list(folder).stream().filter(name -> !name.startsWith(".")).toList();
    } catch (ArchiveException e) {
      visitor.broken(folder, e);
      return;
    }
    if (ArchiveKeyLayout.isHour(folder)) {
      visitHour(folder, names, visitor);
      return;
    }
    for (String name : names) {
      if (name.endsWith("/")) {
        String below = name.substring(0, name.length() - 1);
        visit(folder.isEmpty() ? below : folder + "/" + below, visitor);
      } else {
        visitor.unnamed(folder, name);
      }
    }
  }

  private <E extends Exception> void visitHour(
      String folder, List<String> names, Visitor<E> visitor) throws E {
    Manifest manifest;
    try {
      manifest = manifest(folder);
    } catch (ArchiveException e) {
      visitor.broken(folder, e);
      return;
    }
    visitor.hour(folder, manifest);
    Set<String> named = manifest.segments().stream().map(Segment::name).collect(Collectors.toSet());
    for (String name : names) {
      if (!named.contains(name) && !name.equals(ArchiveKeyLayout.MANIFEST)) {
        visitor.unnamed(folder, name);
      }
    }
  }

  /**
   * The manifest of an hour.
   *
   * @throws ArchiveException {@code MISSING} if there is none
   */
  public Manifest manifest(String folder) throws ArchiveException {
    String key = folder + "/" + ArchiveKeyLayout.MANIFEST;
    return ManifestCodec.read(
        key,
        store
            .read(key)
            .orElseThrow(
                () -> new ArchiveException(Kind.MISSING, "the archive has no object " + key))
            .bytes());
  }

  /** The events of an hour in the order of their ids, each once. */
  public ArchiveCursor events(Manifest manifest) throws ArchiveException {
    TimeBucket bucket =
        TimeBucket.parse(manifest.timeBucket())
            .orElseThrow(() ->
                new ArchiveException(
                    Kind.CORRUPT, "a manifest names no hour: " + manifest.timeBucket()));
    return new ArchiveCursor(
        FrameSource.of(store),
        manifest.type(),
        manifest.segments(),
        bucket,
        EventId.first(bucket.firstTick()),
        EventId.last(bucket.lastTick()),
        true,
        MemoryAccounting.NONE);
  }

  /**
   * Reads every byte of a segment and compares it with what the manifest says.
   *
   * @throws ArchiveException with what is wrong
   */
  public void verify(String folder, Segment segment) throws ArchiveException {
    String key = folder + "/" + segment.name();
    Optional<TimeBucket> hour = ArchiveKeyLayout.hourOf(folder);
    Optional<Long> size = store.size(key);
    if (size.isEmpty()) {
      throw new ArchiveException(Kind.MISSING, "the archive has no object " + key);
    }
    if (size.get() != segment.size()) {
      throw new ArchiveException(
          Kind.CORRUPT, key + " has " + size.get() + " bytes instead of " + segment.size());
    }
    MessageDigest digest = sha256();
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
      throw new ArchiveException(Kind.CORRUPT, key + " holds events of another hour");
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
