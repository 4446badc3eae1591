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
 * Compacts the segments of an hour, so that late events do not leave thousands of small objects,
 * and queries do not have to read many segments at once.
 *
 * <p>Small segments of about the same size are compacted when there are enough of them, as in a
 * log-structured merge tree: an event is rewritten only a few times, however many late events
 * arrive, and an hour keeps at most some dozens of small segments. Large segments are merged if
 * they overlap, see {@link OverlapSelection}. What is merged is split into segments of about equal
 * size that do not overlap each other. Used by one thread.
 */
final class SegmentCompactor {
  /** The maximum number of segments that one compaction reads. */
  private static final int MAX_INPUTS = 64;

  /** The maximum number of large segments that one compaction reads, and writes. */
  private static final int MAX_LARGE_INPUTS = 16;

  /** The memory for frames of all inputs. A frame with its ids needs up to twice its lines. */
  private static final long MAX_FRAME_BYTES = 2L * MAX_LARGE_INPUTS * SegmentWriter.FRAME_BYTES;

  private final SegmentStaging staging;
  private final Settings settings;
  private final OverlapSelection overlaps;
  private final IngestAwareThrottle throttle;
  private final ArchiveObserver observer;

  /**
   * Settings of compaction.
   *
   * @param minSegments the number of segments of about the same size that are compacted; at least 2
   * @param maxSegmentBytes of lines in a compacted segment; segments of half this size or more are
   *     large
   */
  record Settings(int minSegments, long maxSegmentBytes) {
    boolean isSmall(Segment segment) {
      return segment.rawSize() < maxSegmentBytes / 2;
    }
  }

  SegmentCompactor(
      SegmentStaging staging,
      Settings settings,
      IngestAwareThrottle throttle,
      ArchiveObserver observer) {
    this.staging = staging;
    this.settings = settings;
    overlaps = new OverlapSelection(settings.maxSegmentBytes() / 2, MAX_LARGE_INPUTS);
    this.throttle = throttle;
    this.observer = observer;
  }

  /**
   * Compacts the segments of an hour.
   *
   * @return whether the hour may need more, because this call has rewritten as much as it may
   */
  boolean compact(ArchiveDestination.Archived destination, TimeBucket bucket)
      throws ArchiveException, StoreException, IOException {
    long budget = MAX_LARGE_INPUTS * settings.maxSegmentBytes();
    Optional<Manifest> manifest = destination.archive().manifest(destination.type(), bucket);
    while (manifest.isPresent()) {
      List<Segment> inputs = selectInputs(manifest.get());
      if (inputs.isEmpty()) {
        return false;
      }
      if (budget <= 0) {
        return true;
      }
      budget -= rawSize(inputs);
      manifest = compact(destination, bucket, inputs);
    }
    return false;
  }

  private static long rawSize(List<Segment> segments) {
    return segments.stream().mapToLong(Segment::rawSize).sum();
  }

  private List<Segment> selectInputs(Manifest manifest) throws ArchiveException {
    List<Segment> small = selectSmall(manifest);
    return small.isEmpty() ? overlaps.select(manifest.segments()) : small;
  }

  /** Returns the smallest segments of one size class, if there are enough of them. */
  private List<Segment> selectSmall(Manifest manifest) {
    TreeMap<Integer, List<Segment>> bySize = new TreeMap<>();
    for (Segment segment : manifest.segments()) {
      if (settings.isSmall(segment)) {
        bySize.computeIfAbsent(sizeClass(segment), size -> new ArrayList<>()).add(segment);
      }
    }
    return bySize.values().stream()
        .filter(segments -> segments.size() >= settings.minSegments())
        .findFirst()
        .map(SegmentCompactor::limited)
        .orElse(List.of());
  }

  private static List<Segment> limited(List<Segment> segments) {
    int count = 0;
    long frameBytes = 0;
    while (count < Math.min(MAX_INPUTS, segments.size()) && frameBytes < MAX_FRAME_BYTES) {
      frameBytes += 2 * Math.min(segments.get(count).rawSize(), SegmentWriter.FRAME_BYTES);
      count++;
    }
    return segments.subList(0, count);
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
    long outputBytes = outputBytes(inputs);
    List<StagedSegment> staged = new ArrayList<>();
    try {
      while (events.hasNext()) {
        staging
            .stage(destination, bucket, writer -> copy(events, writer, outputBytes))
            .ifPresent(staged::add);
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
    } finally {
      staged.forEach(StagedSegment::close);
    }
  }

  /**
   * Returns the size of each output, so that no output is much smaller than the others. There are
   * never more outputs than inputs, so that compacting comes to an end.
   */
  private long outputBytes(List<Segment> inputs) {
    long bytes = rawSize(inputs);
    long outputs = Math.min(inputs.size(), Math.ceilDiv(bytes, settings.maxSegmentBytes()));
    return Math.ceilDiv(bytes, outputs);
  }

  private void copy(ArchiveCursor events, SegmentWriter writer, long outputBytes)
      throws ArchiveException, IOException {
    int frames = 0;
    try (IngestAwareThrottle.Work work = throttle.begin()) {
      while (events.hasNext() && writer.rawSize() < outputBytes) {
        writer.add(events.headLine());
        events.skip(1);
        if (writer.rawSize() / SegmentWriter.FRAME_BYTES > frames) {
          frames++;
          staging.requireSpace();
          work.pauseAfterStep();
        }
      }
    }
  }
}
