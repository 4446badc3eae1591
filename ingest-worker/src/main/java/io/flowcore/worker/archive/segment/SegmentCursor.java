package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The events of one segment in the order of a read. Loads a frame when its first event is needed,
 * and keeps one frame in memory. Used by one thread.
 */
final class SegmentCursor implements RunCursor<ArchiveException> {
  private final FrameSource source;
  private final String key;
  private final EventRange range;
  private final MemoryAccounting memory;

  /** The frames that overlap the range, in the order in which they are read. */
  private final List<Frame> frames = new ArrayList<>();

  private int nextFrame;
  private FrameEvents events = FrameEvents.EMPTY;

  /** The index of the next event in the frame; equal to {@code end} if no event is loaded. */
  private int position;

  /** The first index, in the direction of the read, that is not read from the frame. */
  private int end;

  SegmentCursor(
      FrameSource source, String key, Segment segment, EventRange range, MemoryAccounting memory)
      throws ArchiveException {
    this.source = source;
    this.key = key;
    this.range = range;
    this.memory = memory;
    for (Frame frame : segment.frames()) {
      if (range.overlaps(parse(frame.first()), parse(frame.last()))) {
        frames.add(frame);
      }
    }
    if (!range.isAscending()) {
      frames.sort(Comparator.comparingLong(Frame::offset).reversed());
    }
  }

  private EventId parse(String id) throws ArchiveException {
    return EventId.parse(id)
        .orElseThrow(() ->
            new ArchiveException(
                Kind.CORRUPT, "the manifest entry of " + key + " has an invalid event id: " + id));
  }

  @Override
  public boolean hasNext() {
    return isLoaded() || nextFrame < frames.size();
  }

  @Override
  public boolean isLoaded() {
    return position != end;
  }

  /** If no event is loaded, the next event is not before the start of the next frame. */
  @Override
  public EventId headId() {
    if (isLoaded()) {
      return events.id(position);
    }
    Frame frame = frames.get(nextFrame);
    if (range.isAscending()) {
      EventId start = EventId.parse(frame.first()).orElseThrow();
      return start.compareTo(range.first()) > 0 ? start : range.first();
    }
    EventId start = EventId.parse(frame.last()).orElseThrow();
    return start.compareTo(range.last()) < 0 ? start : range.last();
  }

  /** Returns the line of the next event, which is loaded. */
  EventLine headLine() {
    return events.line(position);
  }

  /** Reads the next frame. */
  @Override
  public void load() throws ArchiveException {
    boolean sequential = nextFrame > 0;
    Frame frame = frames.get(nextFrame++);
    Optional<Frame> following =
        nextFrame < frames.size() ? Optional.of(frames.get(nextFrame)) : Optional.empty();
    memory.reserve(FrameEvents.memory(frame));
    events = source.read(key, frame, following, sequential);
    int from = events.countBelow(range.first());
    int to = Math.max(from, events.countUpTo(range.last()));
    position = range.isAscending() ? from : to - 1;
    end = range.isAscending() ? to : from - 1;
    if (!isLoaded()) {
      memory.release(events.memory());
    }
  }

  @Override
  public EventRun run(RunLimit limit) {
    return range.isAscending() ? events.ascending(position, end, limit) : events.single(position);
  }

  @Override
  public EventId skip(int count) {
    int direction = range.isAscending() ? 1 : -1;
    EventId skipped = events.id(position + (count - 1) * direction);
    position += count * direction;
    if (!isLoaded()) {
      memory.release(events.memory());
      events = FrameEvents.EMPTY;
    }
    return skipped;
  }
}
