package io.flowcore.worker.archive;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Leaves the machine to whoever sends events: while events come in, archiving rests after each step
 * for as long as the step took, and so takes half a core at most. Used by one thread.
 */
public final class IngestAwareThrottle {
  private static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier ingested;
  private long seen;
  private long stepBegan = System.nanoTime();

  /**
   * A pace.
   *
   * @param ingested how many events have come in so far
   */
  public IngestAwareThrottle(LongSupplier ingested) {
    this.ingested = ingested;
    seen = ingested.getAsLong();
  }

  /** Never rests. */
  public static IngestAwareThrottle restless() {
    return new IngestAwareThrottle(() -> 0);
  }

  /** Ends a step, and rests if it should. */
  void rest() {
    long worked = System.nanoTime() - stepBegan;
    long now = ingested.getAsLong();
    if (now != seen) {
      seen = now;
      LockSupport.parkNanos(Math.min(worked, LONGEST_REST));
    }
    stepBegan = System.nanoTime();
  }
}
