package io.flowcore.worker.archive;

import io.flowcore.worker.archive.ArchiveException.Kind;
import io.flowcore.worker.archive.Segment.Frame;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * The archived events of one hour in the order of their ids, each once though it may stand in
 * several segments. Holds one frame of each segment that overlaps the place it is at. Used by one
 * thread.
 */
public final class ColdCursor {
  private final Frames source;
  private final ArchivedType type;
  private final TimeBucket bucket;
  private final EventId first;
  private final EventId last;
  private final boolean ascending;
  private final PriorityQueue<SegmentCursor> cursors;
  private Optional<EventLine> head = Optional.empty();

  /** Opens segments of an hour between two ids, both of which count. */
  ColdCursor(
      Frames source,
      ArchivedType type,
      List<Segment> segments,
      TimeBucket bucket,
      EventId first,
      EventId last,
      boolean ascending)
      throws ArchiveException {
    this.source = source;
    this.type = type;
    this.bucket = bucket;
    this.first = first;
    this.last = last;
    this.ascending = ascending;
    Comparator<SegmentCursor> byId = Comparator.comparing(cursor -> cursor.head().id());
    cursors = new PriorityQueue<>(11, ascending ? byId : byId.reversed());
    for (Segment segment : segments) {
      add(new SegmentCursor(segment));
    }
    advance();
  }

  private void add(SegmentCursor cursor) throws ArchiveException {
    if (cursor.fill()) {
      cursors.add(cursor);
    }
  }

  /** The event that it is at. Empty at the end. */
  public Optional<EventLine> head() {
    return head;
  }

  /** Goes to the next event. */
  public void advance() throws ArchiveException {
    EventId before = head.map(EventLine::id).orElse(null);
    do {
      SegmentCursor cursor = cursors.poll();
      if (cursor == null) {
        head = Optional.empty();
        return;
      }
      head = Optional.of(cursor.head());
      cursor.step();
      add(cursor);
    } while (head.get().id().equals(before));
  }

  /** What of a frame lies between the ends, in the order in which it is read. */
  private List<EventLine> inside(List<EventLine> sorted) {
    int from = countBelow(sorted, first, false);
    int to = countBelow(sorted, last, true);
    List<EventLine> inside = sorted.subList(from, Math.max(from, to));
    return ascending ? inside : inside.reversed();
  }

  /** How many come before an id, or up to it. */
  private static int countBelow(List<EventLine> sorted, EventId id, boolean inclusive) {
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      int comparison = sorted.get(middle).id().compareTo(id);
      if (comparison < 0 || (inclusive && comparison == 0)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The frames of one segment that overlap the range, in the order in which they are read. */
  private final class SegmentCursor {
    private final String key;
    private final List<Frame> frames = new ArrayList<>();
    private int nextFrame;
    private List<EventLine> lines = List.of();
    private int position;

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

    EventLine head() {
      return lines.get(position);
    }

    void step() {
      position++;
    }

    /** Makes sure that there is a head. False at the end. */
    boolean fill() throws ArchiveException {
      while (position == lines.size()) {
        if (nextFrame == frames.size()) {
          return false;
        }
        boolean sequential = nextFrame > 0;
        Frame frame = frames.get(nextFrame++);
        Optional<Frame> next =
            nextFrame < frames.size() ? Optional.of(frames.get(nextFrame)) : Optional.empty();
        lines = inside(source.read(key, frame, next, sequential));
        position = 0;
      }
      return true;
    }
  }
}
