package io.flowcore.worker.archive;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Gives ingestion priority over archiving: while events are ingested, archiving pauses after each
 * step for as long as the step took, and so uses at most half a core. Used by one thread.
 */
public final class IngestAwareThrottle {
  private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier ingestedEvents;
  private long lastIngestedEvents;
  private long stepStarted = System.nanoTime();

  /**
   * Creates a throttle.
   *
   * @param ingestedEvents the number of events ingested so far
   */
  public IngestAwareThrottle(LongSupplier ingestedEvents) {
    this.ingestedEvents = ingestedEvents;
    lastIngestedEvents = ingestedEvents.getAsLong();
  }

  /** Returns a throttle that never pauses. */
  public static IngestAwareThrottle unlimited() {
    return new IngestAwareThrottle(() -> 0);
  }

  /** Ends a step, and pauses if events were ingested during it. */
  void pauseAfterStep() {
    long workedNanos = System.nanoTime() - stepStarted;
    long events = ingestedEvents.getAsLong();
    if (events != lastIngestedEvents) {
      lastIngestedEvents = events;
      LockSupport.parkNanos(Math.min(workedNanos, MAX_PAUSE_NANOS));
    }
    stepStarted = System.nanoTime();
  }
}
