package io.flowcore.worker.archive;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Gives ingestion priority over archiving: while events are ingested, all threads of the archiver
 * together use at most half a core, because each pauses after each step in proportion to how long
 * the step took. Safe for use by many threads.
 */
public final class IngestAwareThrottle {
  private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier ingestedEvents;
  private final AtomicInteger working = new AtomicInteger();

  /**
   * Creates a throttle.
   *
   * @param ingestedEvents the number of events ingested so far
   */
  public IngestAwareThrottle(LongSupplier ingestedEvents) {
    this.ingestedEvents = ingestedEvents;
  }

  /** Returns a throttle that never pauses. */
  public static IngestAwareThrottle unlimited() {
    return new IngestAwareThrottle(() -> 0);
  }

  /** Begins the first step of some work. */
  Work begin() {
    return new Work();
  }

  /** Work in steps, until it is closed. Used by one thread. */
  final class Work implements AutoCloseable {
    private long lastIngestedEvents = ingestedEvents.getAsLong();
    private long stepStarted = System.nanoTime();

    private Work() {
      working.incrementAndGet();
    }

    /** Ends a step, and pauses if events were ingested during it. */
    void pauseAfterStep() {
      long workedNanos = System.nanoTime() - stepStarted;
      long events = ingestedEvents.getAsLong();
      if (events != lastIngestedEvents) {
        lastIngestedEvents = events;
        // Each of n threads works for 1/2n of the time.
        LockSupport.parkNanos(Math.min(workedNanos * (2L * working.get() - 1), MAX_PAUSE_NANOS));
      }
      stepStarted = System.nanoTime();
    }

    @Override
    public void close() {
      working.decrementAndGet();
    }
  }
}
