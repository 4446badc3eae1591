package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import java.util.Arrays;

/**
 * The events of one frame in the order of their ids: one array of lines and the position of each.
 * Line breaks are replaced by commas, so that any section of the array is what a query returns.
 */
public final class FrameEvents {
  static final FrameEvents EMPTY = new FrameEvents(new byte[0], new int[0], new EventId[0], true);

  /** Memory per event in addition to its line: the id, a reference to it, and the line's end. */
  private static final int EVENT_OVERHEAD = 32;

  private final byte[] lines;
  private final int[] ends;
  private final EventId[] ids;
  private final boolean verbatim;

  /**
   * Creates the events from the lines of a verified frame.
   *
   * @param ends the end of each line, exclusive; the next line begins one byte later
   * @param verbatim whether every line is byte for byte the object that a query returns
   */
  FrameEvents(byte[] lines, int[] ends, EventId[] ids, boolean verbatim) {
    this.lines = lines;
    this.ends = ends;
    this.ids = ids;
    this.verbatim = verbatim;
  }

  /** Returns the number of events. */
  public int size() {
    return ends.length;
  }

  /** Returns the size in memory, in bytes. */
  long memory() {
    return lines.length + (long) EVENT_OVERHEAD * ends.length;
  }

  /** Returns the size in memory, in bytes, of a frame that is not read yet. */
  static long memory(Frame frame) {
    return frame.rawLength() + (long) EVENT_OVERHEAD * frame.events();
  }

  /** Returns the id of an event. */
  public EventId id(int index) {
    return ids[index];
  }

  /** Returns a copy of one line. */
  EventLine line(int index) {
    return new EventLine(ids[index], Arrays.copyOfRange(lines, start(index), ends[index]));
  }

  private int start(int index) {
    return index == 0 ? 0 : ends[index - 1] + 1;
  }

  /** Returns the number of events with a lower id. */
  int countBelow(EventId id) {
    int found = Arrays.binarySearch(ids, id);
    return found >= 0 ? found : -found - 1;
  }

  /** Returns the number of events with a lower id or the same id. */
  int countUpTo(EventId id) {
    int found = Arrays.binarySearch(ids, id);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Returns a run of one event. */
  EventRun single(int index) {
    return verbatim ? run(index, index + 1) : EventRun.single(ids[index], line(index).event());
  }

  /**
   * Returns a run in ascending order.
   *
   * @param end the last event that the run may have, exclusive
   */
  EventRun ascending(int from, int end, RunLimit limit) {
    if (!verbatim) {
      return single(from);
    }
    int to = Math.min(end, from + limit.events());
    if (limit.before().isPresent()) {
      to = Math.min(to, countBelow(limit.before().get()));
    }
    // The run ends at the event that contains the last byte allowed, or ends just before it.
    long byteLimit = start(from) + limit.bytes();
    if (byteLimit < ends[ends.length - 1]) {
      int crossing = Arrays.binarySearch(ends, (int) byteLimit);
      to = Math.min(to, (crossing >= 0 ? crossing : -crossing - 1) + 1);
    }
    return run(from, Math.max(from + 1, to));
  }

  private EventRun run(int from, int to) {
    int start = start(from);
    return new EventRun(lines, start, ends[to - 1] - start, to - from, ids[to - 1]);
  }
}
