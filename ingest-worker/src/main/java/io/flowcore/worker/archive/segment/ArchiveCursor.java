package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.TimeBucket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The archived events of one hour in the order of their ids, each once though it may stand in
 * several segments. Holds one frame of each segment that overlaps the place it is at; of the others
 * it knows from the manifest where they begin. Used by one thread.
 */
public final class ArchiveCursor {
  private final FrameSource source;
  private final ArchiveKeyLayout type;
  private final TimeBucket bucket;
  private final EventId first;
  private final EventId last;
  private final boolean ascending;
  private final MemoryAccounting holding;

  /** By the id at which each is, or begins at the earliest. The head of the first one is read. */
  private final PriorityQueue<SegmentCursor> cursors;

  /** Opens segments of an hour between two ids, both of which count. */
  public ArchiveCursor(
      FrameSource source,
      ArchiveKeyLayout type,
      List<Segment> segments,
      TimeBucket bucket,
      EventId first,
      EventId last,
      boolean ascending,
      MemoryAccounting holding)
      throws ArchiveException {
    this.source = source;
    this.type = type;
    this.bucket = bucket;
    this.first = first;
    this.last = last;
    this.ascending = ascending;
    this.holding = holding;
    Comparator<SegmentCursor> byId = Comparator.comparing(SegmentCursor::headId);
    // What is read comes before what may begin at the same place.
    cursors =
        new PriorityQueue<>(
            11,
            (ascending ? byId : byId.reversed())
                .thenComparingInt(cursor -> cursor.isRead() ? 0 : 1));
    for (Segment segment : segments) {
      SegmentCursor cursor = new SegmentCursor(segment);
      if (!cursor.atEnd()) {
        cursors.add(cursor);
      }
    }
    settle();
  }

  /** Reads on until the first of all events is at hand. */
  private void settle() throws ArchiveException {
    while (!cursors.isEmpty() && !cursors.element().isRead()) {
      SegmentCursor cursor = cursors.remove();
      cursor.read();
      if (!cursor.atEnd()) {
        cursors.add(cursor);
      }
    }
  }

  /** Whether no event is left. */
  public boolean atEnd() {
    return cursors.isEmpty();
  }

  /** The id of the event that it is at. */
  public EventId headId() {
    return cursors.element().headId();
  }

  /** The event that it is at, as it stands in its segment. */
  public EventLine head() {
    SegmentCursor cursor = cursors.element();
    return cursor.events.line(cursor.position);
  }

  /** The event that it is at, and what follows it side by side. */
  public EventRun run(RunLimit limit) {
    SegmentCursor cursor = cursors.remove();
    try {
      return cursor.run(
          cursors.isEmpty() ? limit : limit.before(cursors.element().headId(), ascending));
    } finally {
      cursors.add(cursor);
    }
  }

  /** Leaves the event that it is at behind. */
  public void advance() throws ArchiveException {
    leave(1);
  }

  /** Leaves so many events behind, no more than {@link #run} gave. */
  public void leave(int events) throws ArchiveException {
    EventId left = step(events);
    while (!cursors.isEmpty() && cursors.element().headId().equals(left)) {
      step(1);
    }
  }

  /** Gives the id of the last event that was left. */
  private EventId step(int events) throws ArchiveException {
    SegmentCursor cursor = cursors.remove();
    EventId left = cursor.step(events);
    if (!cursor.atEnd()) {
      cursors.add(cursor);
    }
    settle();
    return left;
  }

  /** The frames of one segment that overlap the range, in the order in which they are read. */
  private final class SegmentCursor {
    private final String key;
    private final List<Frame> frames = new ArrayList<>();
    private int nextFrame;
    private FrameEvents events = FrameEvents.NONE;

    /** In the direction of reading. */
    private int position;

    private int end;

    SegmentCursor(Segment segment) throws ArchiveException {
      key = type.segment(bucket, segment);
      for (Frame frame : segment.frames()) {
        boolean overlaps =
            id(frame.first()).compareTo(last) <= 0 && id(frame.last()).compareTo(first) >= 0;
        if (overlaps) {
          frames.add(frame);
        }
      }
      if (!ascending) {
        frames.sort(Comparator.comparingLong(Frame::offset).reversed());
      }
    }

    private EventId id(String text) throws ArchiveException {
      return EventId.parse(text)
          .orElseThrow(() -> new ArchiveException(Kind.CORRUPT, key + " names no event: " + text));
    }

    boolean atEnd() {
      return !isRead() && nextFrame == frames.size();
    }

    /** Whether its next event is at hand. */
    boolean isRead() {
      return position != end;
    }

    /** The id of its next event, or of the place where the frame begins that has it. */
    EventId headId() {
      if (isRead()) {
        return events.id(position);
      }
      Frame frame = frames.get(nextFrame);
      EventId begin = EventId.parse(ascending ? frame.first() : frame.last()).orElseThrow();
      return ascending
          ? (begin.compareTo(first) > 0 ? begin : first)
          : (begin.compareTo(last) < 0 ? begin : last);
    }

    EventRun run(RunLimit limit) {
      return ascending ? events.ascending(position, end, limit) : events.single(position);
    }

    /** Gives the id of the last event that it leaves. */
    EventId step(int count) {
      int direction = ascending ? 1 : -1;
      EventId left = events.id(position + (count - 1) * direction);
      position += count * direction;
      if (!isRead()) {
        holding.giveBack(events.memory());
        events = FrameEvents.NONE;
      }
      return left;
    }

    /** Reads its next frame. */
    void read() throws ArchiveException {
      boolean sequential = nextFrame > 0;
      Frame frame = frames.get(nextFrame++);
      Optional<Frame> next =
          nextFrame < frames.size() ? Optional.of(frames.get(nextFrame)) : Optional.empty();
      holding.take(FrameEvents.memory(frame));
      events = source.read(key, frame, next, sequential);
      int from = events.countBelow(first);
      int to = Math.max(from, events.countUpTo(last));
      position = ascending ? from : to - 1;
      end = ascending ? to : from - 1;
      if (!isRead()) {
        holding.giveBack(events.memory());
      }
    }
  }
}
