package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventTime;
import java.time.Clock;

/**
 * Gives commits their instants, each to one event only and always a later one, and says how far a
 * reader may go.
 *
 * <p>The invariant that keeps cursors from skipping: once {@link #horizon()} has answered h, every
 * later commit gets an instant after h, and every commit up to h is visible. The lock is held for a
 * few instructions, never across I/O.
 */
final class CommitClock {
  private static final long NOTHING = -1;

  private final Clock clock;
  private long last;
  private long firstInFlight = NOTHING;

  /**
   * A clock.
   *
   * @param last the latest instant that was handed out before a restart, in ticks
   */
  CommitClock(Clock clock, long last) {
    this.clock = clock;
    this.last = last;
  }

  /**
   * Takes {@code count} successive instants for a commit and returns the first. Ended by {@link
   * #committed()}.
   */
  synchronized long begin(int count) {
    firstInFlight = Math.max(now(), last + 1);
    last = firstInFlight + count - 1;
    return firstInFlight;
  }

  /** Says that the commit under way is visible to readers, or failed for good. */
  synchronized void committed() {
    firstInFlight = NOTHING;
  }

  /** See the class. */
  synchronized long horizon() {
    if (firstInFlight != NOTHING) {
      return firstInFlight - 1;
    }
    // Raised to the present, so that no commit that begins later can get an instant that was read
    // past.
    last = Math.max(last, now());
    return last;
  }

  private long now() {
    return EventTime.toTicks(clock.instant());
  }
}
