package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventTime;
import java.time.Clock;

/**
 * Assigns increasing instants to commits, each instant to one event, and computes the read
 * watermark.
 *
 * <p>The invariant that keeps cursors from skipping events: after {@link #readWatermark()} has
 * returned w, every later commit gets an instant after w, and every commit up to w is visible. It
 * holds across a crash and a clock that is set back, because the watermark never passes the
 * <em>reservation</em>: an instant that is written with the events, and after which a restarted
 * clock begins. The lock is held for a few instructions, never during I/O.
 */
final class CommitClock {
  /**
   * How far the reservation is ahead of the last commit. After a crash, the next events may be
   * dated ahead by this much.
   */
  static final long RESERVED_TICKS = 2 * EventTime.PER_SECOND;

  private static final long NO_COMMIT = -1;

  private final Clock clock;
  private long last;
  private long reserved;
  private long firstInFlight = NO_COMMIT;

  /**
   * Creates a clock.
   *
   * @param reserved the last reservation written before a restart, in ticks
   */
  CommitClock(Clock clock, long reserved) {
    this.clock = clock;
    this.reserved = reserved;
    last = reserved;
  }

  /**
   * The instants of a commit, in ticks.
   *
   * @param first of the first event; each further event gets the next tick
   * @param reserved the reservation to write with the commit
   */
  record Instants(long first, long reserved) {}

  /**
   * Assigns {@code count} consecutive instants to a commit; 0 only renews the reservation. Followed
   * by {@link #committed} if it succeeds. The watermark does not pass a commit that failed until a
   * later one has succeeded, because it is unknown until then what the disk contains of it.
   */
  synchronized Instants begin(int count) {
    long first = Math.max(now(), last + 1);
    if (firstInFlight == NO_COMMIT) {
      firstInFlight = first;
    }
    last = first + count - 1;
    return new Instants(first, Math.max(reserved, last + RESERVED_TICKS));
  }

  /**
   * Records that the commit in progress and its reservation are durable and visible to readers. No
   * earlier one can become visible any more.
   */
  synchronized void committed(Instants instants) {
    firstInFlight = NO_COMMIT;
    reserved = instants.reserved();
  }

  /** Returns the read watermark, in ticks. See the class comment. */
  synchronized long readWatermark() {
    if (firstInFlight != NO_COMMIT) {
      return Math.min(firstInFlight - 1, reserved);
    }
    // Raised to the current time, so that no later commit gets an instant that a reader has passed.
    last = Math.max(last, Math.min(now(), reserved));
    return last;
  }

  /** Returns whether the reservation keeps the watermark behind the current time. */
  synchronized boolean isBehind() {
    return now() > reserved;
  }

  /** Returns whether a commit in progress keeps the watermark before a time that is over. */
  synchronized boolean isWithheld(long wanted) {
    return firstInFlight != NO_COMMIT && firstInFlight <= wanted && wanted <= now();
  }

  /** Returns whether the reservation will soon keep the watermark behind the current time. */
  synchronized boolean needsRenewal() {
    return now() > reserved - RESERVED_TICKS / 2;
  }

  /** Returns the last instant that was assigned or read; 0 if there is none. */
  synchronized long last() {
    return last;
  }

  /**
   * Returns where a clean shutdown ends: the current time, if it is after {@link #last()}.
   * Otherwise the next start would take the idle time before it for a long stop, see {@link
   * StartClockCheck}.
   */
  synchronized long end() {
    return last == 0 ? 0 : Math.max(last, now());
  }

  private long now() {
    return EventTime.toTicks(clock.instant());
  }
}
