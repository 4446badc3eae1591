package io.flowcore.worker.archive;

import io.flowcore.worker.archive.SegmentStaging.StagedSegment;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.FrameSource;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Compacts small segments of an hour, so that late events do not leave thousands of small objects.
 *
 * <p>Segments of about the same size are compacted when there are enough of them, as in a
 * log-structured merge tree: an event is rewritten only a few times, however many late events
 * arrive, and an hour keeps at most some dozens of segments in addition to its large ones. Used by
 * one thread.
 */
final class SegmentCompactor {
  /** The maximum number of segments that one compaction reads. */
  private static final int MAX_INPUTS = 64;

  private final SegmentStaging staging;
  private final Settings settings;
  private final IngestAwareThrottle throttle;
  private final ArchiveObserver observer;

  /**
   * Settings of compaction.
   *
   * @param minSegments the number of segments of about the same size that are compacted; at least 2
   * @param maxSegmentBytes of lines in a compacted segment; segments of half this size or more are
   *     not compacted
   */
  record Settings(int minSegments, long maxSegmentBytes) {}

  SegmentCompactor(
      SegmentStaging staging,
      Settings settings,
      IngestAwareThrottle throttle,
      ArchiveObserver observer) {
    this.staging = staging;
    this.settings = settings;
    this.throttle = throttle;
    this.observer = observer;
  }

  /** Compacts the segments of an hour until there is nothing left to compact. */
  void compact(ArchiveDestination.Archived destination, TimeBucket bucket)
      throws ArchiveException, StoreException, IOException {
    Optional<Manifest> manifest = destination.archive().manifest(destination.type(), bucket);
    while (manifest.isPresent()) {
      List<Segment> inputs = selectInputs(manifest.get());
      manifest = inputs.isEmpty() ? Optional.empty() : compact(destination, bucket, inputs);
    }
  }

  /** Returns the smallest segments of one size class, if there are enough of them. */
  private List<Segment> selectInputs(Manifest manifest) {
    TreeMap<Integer, List<Segment>> bySize = new TreeMap<>();
    for (Segment segment : manifest.segments()) {
      if (segment.rawSize() < settings.maxSegmentBytes() / 2) {
        bySize.computeIfAbsent(sizeClass(segment), size -> new ArrayList<>()).add(segment);
      }
    }
    return bySize.values().stream()
        .filter(segments -> segments.size() >= settings.minSegments())
        .findFirst()
        .map(segments -> segments.subList(0, Math.min(MAX_INPUTS, segments.size())))
        .orElse(List.of());
  }

  /** Each size class is eight times the one before. */
  private static int sizeClass(Segment segment) {
    return (Long.SIZE - Long.numberOfLeadingZeros(segment.rawSize())) / 3;
  }

  /** Returns the next manifest of the hour; empty if another worker has removed an input. */
  private Optional<Manifest> compact(
      ArchiveDestination.Archived destination, TimeBucket bucket, List<Segment> inputs)
      throws ArchiveException, StoreException, IOException {
    ArchiveCursor events =
        new ArchiveCursor(
            FrameSource.uncached(destination.archive().store()),
            destination.type(),
            bucket,
            inputs,
            EventRange.ofHour(bucket, ReadOrder.ASCENDING),
            MemoryAccounting.UNLIMITED);
    List<StagedSegment> staged = new ArrayList<>();
    while (events.hasNext()) {
      staging.stage(destination, bucket, writer -> copy(events, writer)).ifPresent(staged::add);
    }
    for (Segment input : inputs) {
      staging.markObsolete(destination, bucket, input);
    }
    List<Segment> outputs = staged.stream().map(StagedSegment::segment).toList();
    Optional<Manifest> next =
        destination.archive().commit(destination.type(), bucket, inputs, outputs);
    if (next.isPresent()) {
      for (StagedSegment segment : staged) {
        staging.markCommitted(segment);
      }
      observer.compacted(inputs.size(), outputs.stream().mapToLong(Segment::size).sum());
    }
    return next;
  }

  private void copy(ArchiveCursor events, SegmentWriter writer)
      throws ArchiveException, IOException {
    int frames = 0;
    while (events.hasNext() && writer.rawSize() < settings.maxSegmentBytes()) {
      writer.add(events.headLine());
      events.skip(1);
      if (writer.rawSize() / SegmentWriter.FRAME_BYTES > frames) {
        frames++;
        staging.requireSpace();
        throttle.pauseAfterStep();
      }
    }
  }
}
