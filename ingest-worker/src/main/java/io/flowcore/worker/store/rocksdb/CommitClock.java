package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventTime;
import java.time.Clock;

/**
 * Gives commits their instants, each to one event only and always a later one, and says how far a
 * reader may go.
 *
 * <p>The invariant that keeps cursors from skipping: once {@link #readWatermark()} has answered h,
 * every later commit gets an instant after h, and every commit up to h is visible. It holds across
 * a crash and a clock that is set back, because no horizon passes the <em>reservation</em>: an
 * instant that is written beside the events, and behind which a restarted clock begins. The lock is
 * held for a few instructions, never across I/O.
 */
final class CommitClock {
  /**
   * How far a reservation reaches beyond the last commit: what a crash may add to an event's time.
   */
  static final long RESERVED_TICKS = 2 * EventTime.PER_SECOND;

  private static final long NOTHING = -1;

  private final Clock clock;
  private long last;
  private long reserved;
  private long firstInFlight = NOTHING;

  /**
   * A clock.
   *
   * @param reserved the reservation that was written last before a restart, in ticks
   */
  CommitClock(Clock clock, long reserved) {
    this.clock = clock;
    this.reserved = reserved;
    last = reserved;
  }

  /**
   * A commit's instants.
   *
   * @param first of the first event; each other gets one more
   * @param reserved the reservation to write with the commit
   */
  record Instants(long first, long reserved) {}

  /**
   * Takes {@code count} successive instants for a commit; 0 renews the reservation only. Ended by
   * {@link #committed}, or never: behind a commit that failed no horizon goes on, for what the disk
   * holds of it is unknown.
   */
  synchronized Instants begin(int count) {
    firstInFlight = Math.max(now(), last + 1);
    last = firstInFlight + count - 1;
    return new Instants(firstInFlight, Math.max(reserved, last + RESERVED_TICKS));
  }

  /** Says that the commit under way is durable, with its reservation, and visible to readers. */
  synchronized void committed(Instants instants) {
    firstInFlight = NOTHING;
    reserved = instants.reserved();
  }

  /** See the class. */
  synchronized long readWatermark() {
    if (firstInFlight != NOTHING) {
      return Math.min(firstInFlight - 1, reserved);
    }
    // Raised to the present, so that no commit that begins later can get an instant that was read
    // past.
    last = Math.max(last, Math.min(now(), reserved));
    return last;
  }

  /** Whether readers are held up by the reservation, so that they miss what the present holds. */
  synchronized boolean isBehind() {
    return now() > reserved;
  }

  /** Whether readers will soon be held up by the reservation. */
  synchronized boolean wantsRenewal() {
    return now() > reserved - RESERVED_TICKS / 2;
  }

  /** The latest instant that was handed out or read past: where a clean end leaves off. */
  synchronized long last() {
    return last;
  }

  private long now() {
    return EventTime.toTicks(clock.instant());
  }
}
