package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.event.EventTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Compares the clock with the last commit when the store is opened.
 *
 * <p>After a long stop the clock is far ahead of the last commit, and so is a clock that is wrong:
 * the store cannot distinguish them. New events are dated by the clock in both cases. But expired
 * events stay until the clock had time to be corrected, because a removal cannot be undone.
 */
final class StartClockCheck {
  /** Longer than a restart or an update takes. */
  static final Duration LONG_STOP = Duration.ofDays(1);

  private final LongSupplier nanoTime;
  private final long opened;
  private final boolean longStop;
  private final Optional<String> warning;

  /**
   * Compares the clock with the last reservation.
   *
   * @param reserved the reservation of the {@link CommitClock}, in ticks; 0 for a new store
   * @param nanoTime monotonic time in nanoseconds
   */
  StartClockCheck(Instant now, long reserved, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    opened = nanoTime.getAsLong();
    Duration since = Duration.between(EventTime.toInstant(reserved), now);
    longStop = reserved > 0 && since.compareTo(LONG_STOP) > 0;
    warning = reserved == 0 ? Optional.empty() : warning(EventTime.toInstant(reserved), now, since);
  }

  private static Optional<String> warning(Instant last, Instant now, Duration since) {
    if (since.compareTo(LONG_STOP) > 0) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "The clock shows %s, %d h after the last commit at %s. Expired events are not removed"
                  + " for %d s. If the clock is wrong, stop the worker and set the clock: new"
                  + " events are dated by it, and event times never go back",
              now,
              since.toHours(),
              last,
              GuardedClock.HOLD.toSeconds()));
    }
    if (since.plus(GuardedClock.TOLERANCE).isNegative()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "The clock shows %s, %d s before the last commit at %s. Until it has passed that time,"
                  + " new events are dated directly after the last commit; check the machine's"
                  + " time synchronization",
              now,
              since.negated().toSeconds(),
              last));
    }
    return Optional.empty();
  }

  /** Returns what to write to the log; empty if the clock is as expected. */
  Optional<String> warning() {
    return warning;
  }

  /** Returns whether expired events may be removed. */
  boolean mayRemove() {
    return !longStop || nanoTime.getAsLong() - opened >= GuardedClock.HOLD.toNanos();
  }
}
