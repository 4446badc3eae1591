package io.flowcore.worker.store.cassandra.membership;

import io.flowcore.worker.event.EventTime;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Assigns increasing event times to the events of one worker, and calculates the worker's floor. A
 * hybrid logical clock: it follows the wall clock, and is never behind a floor of another worker
 * that it has seen. The lock is held for a few instructions, never across I/O. All times are in
 * ticks.
 */
public final class HybridLogicalClock {
  private final Clock wall;
  private final LongSupplier nanoTime;
  private final long maxSkewTicks;
  private final ArrayDeque<Reservation> inFlight = new ArrayDeque<>();
  private long last;
  private long incarnation;
  private long sequence;

  /** The wall clock when it was last known to agree with the nodes' clocks. */
  private long calibratedTicks;

  /** The monotonic time of the same moment. */
  private long calibratedNanos;

  /**
   * Creates a clock that trusts the wall clock at this moment.
   *
   * @param nanoTime monotonic time in nanoseconds
   * @param maxSkewTicks how far the wall clock may jump ahead of the monotonic time before the jump
   *     is ignored
   */
  HybridLogicalClock(Clock wall, LongSupplier nanoTime, long maxSkewTicks) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.maxSkewTicks = maxSkewTicks;
    calibrate();
  }

  /** The event times and sequence numbers that are reserved for one append. */
  public static final class Reservation {
    private final long incarnation;
    private final long first;
    private final long sequence;
    private boolean released;

    private Reservation(long incarnation, long first, long sequence) {
      this.incarnation = incarnation;
      this.first = first;
      this.sequence = sequence;
    }

    /** Returns the worker's incarnation when it made the reservation. */
    public long incarnation() {
      return incarnation;
    }

    /** Returns the event time of the first event, in ticks; each further event gets one more. */
    public long first() {
      return first;
    }

    /**
     * Returns the sequence number of the first event; each further event gets one more. A sequence
     * number is used once in an incarnation.
     */
    public long sequence() {
      return sequence;
    }
  }

  /**
   * Reserves successive event times for an append. The reservation must be {@linkplain #release
   * released}.
   *
   * @param expected the incarnation that the caller believes the worker has
   * @return empty if the worker has another incarnation by now. The clock may not have seen the
   *     ceiling yet then
   */
  synchronized Optional<Reservation> reserve(long expected, int count) {
    if (expected != incarnation) {
      return Optional.empty();
    }
    Reservation reservation =
        new Reservation(incarnation, Math.max(limitedWall(), last + 1), sequence);
    last = reservation.first + count - 1;
    sequence += count;
    inFlight.add(reservation);
    return Optional.of(reservation);
  }

  /** Releases a reservation whose append is acknowledged, or will never be. */
  synchronized void release(Reservation reservation) {
    reservation.released = true;
    while (!inFlight.isEmpty() && inFlight.peek().released) {
      inFlight.remove();
    }
  }

  /**
   * Returns the worker's floor, as high as possible: every event that is acknowledged from now on
   * has a later event time.
   */
  synchronized long floor() {
    if (!inFlight.isEmpty()) {
      return inFlight.peek().first - 1;
    }
    last = Math.max(last, limitedWall());
    return last;
  }

  /** Continues after an event time that another worker has promised. */
  synchronized void advanceTo(long ticks) {
    last = Math.max(last, ticks);
  }

  /**
   * Returns the current time, or the latest event time that was assigned or seen if that is later.
   */
  synchronized long now() {
    return Math.max(last, limitedWall());
  }

  /** Restarts the sequence numbers for a new incarnation. */
  synchronized void startIncarnation(long next) {
    incarnation = next;
    sequence = 0;
  }

  /** Returns the number of sequence numbers that were assigned in this incarnation. */
  public synchronized long sequence() {
    return sequence;
  }

  /** Trusts the wall clock, since it agrees with the nodes' clocks at this moment. */
  synchronized void calibrate() {
    calibratedTicks = EventTime.toTicks(wall.instant());
    calibratedNanos = nanoTime.getAsLong();
  }

  /**
   * Returns the wall clock's time, limited by the monotonic time since the last calibration. A wall
   * clock that jumps ahead would otherwise advance the clocks of all workers before the jump is
   * detected.
   */
  private long limitedWall() {
    long elapsedTicks = (nanoTime.getAsLong() - calibratedNanos) / 100;
    return Math.min(
        EventTime.toTicks(wall.instant()), calibratedTicks + elapsedTicks + maxSkewTicks);
  }
}
