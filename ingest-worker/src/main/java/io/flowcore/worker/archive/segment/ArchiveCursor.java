package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventMerge;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;

/**
 * The archived events of one hour in the order of a read, each once even if several segments
 * contain it. Keeps one frame in memory for each segment that overlaps the current position; of the
 * other segments it only knows from the manifest where they begin. Used by one thread.
 */
public final class ArchiveCursor implements RunCursor<ArchiveException> {
  private final EventMerge<ArchiveException, SegmentCursor> segments;

  /**
   * Opens segments of an hour.
   *
   * @throws ArchiveException if a segment cannot be read, or the manifest is damaged
   */
  public ArchiveCursor(
      FrameSource frames,
      ArchiveKeyLayout type,
      TimeBucket bucket,
      List<Segment> segments,
      EventRange range,
      MemoryAccounting memory)
      throws ArchiveException {
    this.segments = new EventMerge<>(range.order());
    for (Segment segment : segments) {
      String key = type.segmentKey(bucket, segment.name());
      this.segments.add(new SegmentCursor(frames, key, segment, range, memory));
    }
    this.segments.findHead();
  }

  @Override
  public boolean hasNext() {
    return segments.head().isPresent();
  }

  @Override
  public EventId headId() {
    return head().headId();
  }

  /** Returns the line of the next event. */
  public EventLine headLine() {
    return head().headLine();
  }

  private SegmentCursor head() {
    return segments.head().orElseThrow();
  }

  @Override
  public EventRun run(RunLimit limit) {
    return head().run(segments.limit(limit));
  }

  @Override
  public EventId skip(int events) throws ArchiveException {
    return segments.skip(events);
  }
}
