package io.flowcore.worker.store.cassandra.membership;

import io.flowcore.worker.event.EventTime;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Gives the events of one worker their instants, each a later one, and says what the worker can
 * promise to readers. A hybrid logical clock: it follows the wall, and is never behind what it has
 * heard of other workers. The lock is held for a few instructions, never across I/O.
 */
public final class HybridLogicalClock {
  private final Clock wall;
  private final LongSupplier nanoTime;
  private final long maxSkewTicks;
  private final ArrayDeque<Stamp> inFlight = new ArrayDeque<>();
  private long last;
  private long incarnation;
  private long sequence;

  /** What the wall said when it was last compared with others, and when that was. */
  private long comparedTicks;

  private long comparedNanos;

  /**
   * A clock.
   *
   * @param nanoTime time that nobody sets, in nanoseconds
   * @param maxSkewTicks how far the wall may jump ahead before it is believed no more
   */
  HybridLogicalClock(Clock wall, LongSupplier nanoTime, long maxSkewTicks) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.maxSkewTicks = maxSkewTicks;
    compared();
  }

  /** The instants of an append. */
  public static final class Stamp {
    private final long incarnation;
    private final long first;
    private final long sequence;
    private boolean ended;

    private Stamp(long incarnation, long first, long sequence) {
      this.incarnation = incarnation;
      this.first = first;
      this.sequence = sequence;
    }

    /** The worker's number at that time. */
    public long incarnation() {
      return incarnation;
    }

    /** Of the first event, in ticks; each other gets one more. */
    public long first() {
      return first;
    }

    /** A number that the worker never gave before; each other event gets one more. */
    public long sequence() {
      return sequence;
    }
  }

  /**
   * Takes successive instants for an append. Must be {@linkplain #end ended}.
   *
   * @param as the number that the worker had a moment ago
   * @return empty if it has another by now, which may not have heard of all horizons yet
   */
  synchronized Optional<Stamp> begin(long as, int count) {
    if (as != incarnation) {
      return Optional.empty();
    }
    Stamp stamp = new Stamp(incarnation, Math.max(now(), last + 1), sequence);
    last = stamp.first + count - 1;
    sequence += count;
    inFlight.add(stamp);
    return Optional.of(stamp);
  }

  /** Says that an append is acknowledged, or never will be. */
  synchronized void end(Stamp stamp) {
    stamp.ended = true;
    while (!inFlight.isEmpty() && inFlight.peek().ended) {
      inFlight.remove();
    }
  }

  /**
   * An instant that every append which is acknowledged from now on lies behind, as late as can be
   * promised.
   */
  synchronized long promise() {
    if (!inFlight.isEmpty()) {
      return inFlight.peek().first - 1;
    }
    last = Math.max(last, now());
    return last;
  }

  /** Goes on behind an instant that another worker has promised. */
  synchronized void follow(long ticks) {
    last = Math.max(last, ticks);
  }

  /** The present, or the latest instant that was given or heard of. */
  synchronized long present() {
    return Math.max(last, now());
  }

  /** Begins the sequence anew, for another incarnation. */
  synchronized void restart(long another) {
    incarnation = another;
    sequence = 0;
  }

  /** How many numbers have been given. */
  public synchronized long sequence() {
    return sequence;
  }

  /** Says that the wall agrees with other clocks at this moment. */
  synchronized void compared() {
    comparedTicks = EventTime.toTicks(wall.instant());
    comparedNanos = nanoTime.getAsLong();
  }

  /** A wall that jumps ahead would drag every worker with it before anybody could compare it. */
  private long now() {
    long elapsed = (nanoTime.getAsLong() - comparedNanos) / 100;
    return Math.min(EventTime.toTicks(wall.instant()), comparedTicks + elapsed + maxSkewTicks);
  }
}
