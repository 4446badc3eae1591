package io.flowcore.worker.archive;

import io.flowcore.worker.archive.UncommittedSegments.Entry;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Writes and stores segments before they are committed, and deletes orphans. Safe for use by many
 * threads.
 */
final class SegmentStaging {
  /** A segment that may be an orphan is kept for this time, for readers that still use it. */
  private static final Duration ORPHAN_AGE = Duration.ofMinutes(10);

  /** More than a page of events adds to a segment between two looks at the disk. */
  private static final long MIN_SPACE = 4L << 20;

  private final UncommittedSegments uncommitted;

  /**
   * Segments that this process is about to commit. However long that takes, they are not orphans:
   * if one were deleted, a manifest would list a segment that does not exist.
   */
  private final Set<String> inProgress = ConcurrentHashMap.newKeySet();

  private final DiskSpace disk;

  /**
   * Creates a staging area.
   *
   * @param disk the space of the disk on which segments are written
   */
  SegmentStaging(UncommittedSegments uncommitted, DiskSpace disk) {
    this.uncommitted = uncommitted;
    this.disk = disk;
  }

  /** Returns whether the disk has space for more of a segment. If not, the segment ends early. */
  boolean hasSpace() {
    return disk.obstacle(DiskUse.ARCHIVE, MIN_SPACE).isEmpty();
  }

  /** Fails unless the disk has space for more of a segment. */
  void requireSpace() throws ArchiveException {
    Optional<String> obstacle = disk.obstacle(DiskUse.ARCHIVE, MIN_SPACE);
    if (obstacle.isPresent()) {
      throw new ArchiveException(ArchiveException.Kind.UNAVAILABLE, obstacle.get());
    }
  }

  /**
   * A segment that is stored and not committed yet. When it is closed without a commit, it may be
   * an orphan.
   */
  record StagedSegment(Segment segment, Entry entry, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }

  /** Writes the events of a segment. */
  interface Content {
    void writeTo(SegmentWriter writer) throws ArchiveException, StoreException, IOException;
  }

  /** Writes and stores a segment; empty if it would have no event. */
  Optional<StagedSegment> stage(
      ArchiveDestination.Archived destination, TimeBucket bucket, Content content)
      throws ArchiveException, StoreException, IOException {
    requireSpace();
    Entry entry = uncommitted.markWriting(destination.type(), bucket);
    inProgress.add(entry.name());
    boolean stored = false;
    Path file = uncommitted.segmentFile(entry);
    try (SegmentWriter writer = new SegmentWriter(file)) {
      content.writeTo(writer);
      if (writer.isEmpty()) {
        uncommitted.markDeleted(entry);
        return Optional.empty();
      }
      Segment segment = writer.finish(entry.name());
      destination
          .archive()
          .store()
          .put(entry.key(), file, HexFormat.of().parseHex(segment.sha256()));
      stored = true;
      return Optional.of(new StagedSegment(segment, entry, () -> inProgress.remove(entry.name())));
    } finally {
      if (!stored) {
        inProgress.remove(entry.name());
      }
      Files.deleteIfExists(file);
    }
  }

  /** Records that a manifest lists a segment. */
  void markCommitted(StagedSegment staged) throws IOException {
    uncommitted.markCommitted(staged.entry());
  }

  /** Records that a segment is about to be removed from its manifest. */
  void markObsolete(ArchiveDestination.Archived source, TimeBucket bucket, Segment segment)
      throws IOException {
    uncommitted.markObsolete(source.type(), bucket, segment.name());
  }

  /**
   * Returns segments that may be orphans and are old enough to be deleted.
   *
   * @param due decides by the name of a segment whether it is returned
   */
  List<Entry> possibleOrphans(Predicate<String> due, int limit) throws IOException {
    return uncommitted.olderThan(
        ORPHAN_AGE, name -> !inProgress.contains(name) && due.test(name), limit);
  }

  /** Deletes a segment unless a manifest lists it. */
  void deleteIfOrphaned(EventArchive archive, Entry entry) throws ArchiveException, IOException {
    if (archive.store().size(entry.key()).isPresent()) {
      // A new generation, so that a commit of a process that has ended meanwhile cannot succeed.
      Manifest manifest =
          archive.commit(entry.type(), entry.bucket(), List.of(), List.of()).orElseThrow();
      boolean committed =
          manifest.segments().stream().anyMatch(segment -> segment.name().equals(entry.name()));
      if (!committed) {
        archive.store().delete(entry.key());
      }
    }
    uncommitted.markDeleted(entry);
  }
}
