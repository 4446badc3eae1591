package io.flowcore.worker.archive.segment;

import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import java.util.Arrays;

/**
 * The events of one frame in the order of their ids: one array of lines, and where each of them is.
 * Commas stand for the line ends, so that any part of it is what a query answers.
 */
public final class FrameEvents {
  /** No event. */
  static final FrameEvents NONE = new FrameEvents(new byte[0], new int[0], new EventId[0], true);

  /** Of an event in memory, beside its line: its id, a reference to it, and the end of the line. */
  private static final int EVENT_OVERHEAD = 32;

  private final byte[] lines;
  private final int[] ends;
  private final EventId[] ids;
  private final boolean asAnswered;

  /**
   * Takes a frame that was checked.
   *
   * @param ends where each line ends; the next begins one byte behind
   * @param asAnswered whether every line is the object that a query answers, to the letter
   */
  FrameEvents(byte[] lines, int[] ends, EventId[] ids, boolean asAnswered) {
    this.lines = lines;
    this.ends = ends;
    this.ids = ids;
    this.asAnswered = asAnswered;
  }

  /** How many there are. */
  public int size() {
    return ends.length;
  }

  /** Bytes in memory. */
  long memory() {
    return lines.length + (long) EVENT_OVERHEAD * ends.length;
  }

  /** The same, of a frame that is not read yet. */
  static long memory(Frame frame) {
    return frame.rawLength() + (long) EVENT_OVERHEAD * frame.events();
  }

  public EventId id(int n) {
    return ids[n];
  }

  /** A copy of one line. */
  EventLine line(int n) {
    return new EventLine(ids[n], Arrays.copyOfRange(lines, start(n), ends[n]));
  }

  private int start(int n) {
    return n == 0 ? 0 : ends[n - 1] + 1;
  }

  /** How many come before an id. */
  int countBelow(EventId id) {
    int found = Arrays.binarySearch(ids, id);
    return found >= 0 ? found : -found - 1;
  }

  /** How many come before an id, or are it. */
  int countUpTo(EventId id) {
    int found = Arrays.binarySearch(ids, id);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** One event. */
  EventRun single(int n) {
    return asAnswered ? run(n, n + 1) : EventRun.of(ids[n], line(n).event());
  }

  /**
   * Events from one on in ascending order.
   *
   * @param end how far at most, exclusive
   */
  EventRun ascending(int from, int end, RunLimit limit) {
    if (!asAnswered) {
      return single(from);
    }
    int to = Math.min(end, from + limit.events());
    if (limit.before().isPresent()) {
      to = Math.min(to, countBelow(limit.before().get()));
    }
    // The event that crosses the limit in bytes ends behind it; the one after begins there.
    long bound = start(from) + limit.bytes();
    if (bound < ends[ends.length - 1]) {
      int crossing = Arrays.binarySearch(ends, (int) bound);
      to = Math.min(to, (crossing >= 0 ? crossing : -crossing - 1) + 1);
    }
    return run(from, Math.max(from + 1, to));
  }

  private EventRun run(int from, int to) {
    int start = start(from);
    return new EventRun(lines, start, ends[to - 1] - start, to - from, ids[to - 1]);
  }
}
