package io.flowcore.worker.archive;

import io.flowcore.worker.archive.SegmentStaging.Staged;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.FrameSource;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Merges small segments of an hour, so that late events leave no thousand tiny files.
 *
 * <p>Segments of about the same size are merged when there are enough of them, as in a
 * log-structured merge tree: an event is written again only a few times, however many stragglers
 * come, and an hour keeps some dozens of segments at most beside its large ones.
 */
final class SegmentCompactor {
  /** What is read for one merge at most. */
  private static final int MOST = 64;

  private final SegmentStaging stage;
  private final Archiver.Settings settings;
  private final IngestAwareThrottle pace;
  private final ArchiveObserver observer;

  SegmentCompactor(
      SegmentStaging stage,
      Archiver.Settings settings,
      IngestAwareThrottle pace,
      ArchiveObserver observer) {
    this.stage = stage;
    this.settings = settings;
    this.pace = pace;
    this.observer = observer;
  }

  /** Merges as long as there is something to merge. */
  void merge(ArchiveDestination.Archived to, TimeBucket bucket)
      throws ArchiveException, StoreException, IOException {
    Optional<Manifest> manifest = to.cold().manifest(to.type(), bucket);
    while (manifest.isPresent()) {
      List<Segment> small = small(manifest.get());
      manifest = small.isEmpty() ? Optional.empty() : merge(to, bucket, small);
    }
  }

  /** The smallest segments of one size, if there are enough of them. */
  private List<Segment> small(Manifest manifest) {
    TreeMap<Integer, List<Segment>> bySize = new TreeMap<>();
    for (Segment segment : manifest.segments()) {
      if (segment.rawSize() < settings.maxSegmentBytes() / 2) {
        bySize.computeIfAbsent(size(segment), size -> new ArrayList<>()).add(segment);
      }
    }
    return bySize.values().stream()
        .filter(group -> group.size() >= settings.mergeAt())
        .findFirst()
        .map(group -> group.subList(0, Math.min(MOST, group.size())))
        .orElse(List.of());
  }

  /** Each size is eight times the one before. */
  private static int size(Segment segment) {
    return (Long.SIZE - Long.numberOfLeadingZeros(segment.rawSize())) / 3;
  }

  /** Gives the hour's next manifest, unless another has merged the same meanwhile. */
  private Optional<Manifest> merge(
      ArchiveDestination.Archived to, TimeBucket bucket, List<Segment> small)
      throws ArchiveException, StoreException, IOException {
    ArchiveCursor events =
        new ArchiveCursor(
            FrameSource.of(to.cold().store()),
            to.type(),
            small,
            bucket,
            EventId.first(bucket.firstTick()),
            EventId.last(bucket.lastTick()),
            true,
            MemoryAccounting.NONE);
    List<Staged> staged = new ArrayList<>();
    while (!events.atEnd()) {
      stage.stage(to, bucket, writer -> fill(writer, events)).ifPresent(staged::add);
    }
    for (Segment segment : small) {
      stage.leaves(to, bucket, segment);
    }
    List<Segment> merged = staged.stream().map(Staged::segment).toList();
    Optional<Manifest> next = to.cold().commit(to.type(), bucket, small, merged);
    if (next.isPresent()) {
      for (Staged one : staged) {
        stage.counts(one);
      }
      observer.merged(small.size(), merged.stream().mapToLong(Segment::size).sum());
    }
    return next;
  }

  private void fill(SegmentWriter writer, ArchiveCursor events)
      throws ArchiveException, IOException {
    int frames = 0;
    while (!events.atEnd() && writer.rawSize() < settings.maxSegmentBytes()) {
      writer.add(events.head());
      events.advance();
      if (writer.rawSize() / SegmentWriter.FRAME_BYTES > frames) {
        frames++;
        pace.rest();
      }
    }
  }
}
