package io.flowcore.worker.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Counts the requests in progress, so that a shutdown can wait for them. */
final class InFlightRequests {
  private static final long POLL_NANOS = 10_000_000;

  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean draining;

  /** Returns the number of requests in progress. */
  int count() {
    return count.get();
  }

  /**
   * Counts a request. Call this before {@link #isDraining}: a shutdown that has seen a count of
   * zero must not miss a request.
   */
  void begin() {
    count.incrementAndGet();
  }

  /** Marks a counted request as finished. */
  void end() {
    count.decrementAndGet();
  }

  /** Returns whether the worker is shutting down and no longer accepts requests. */
  boolean isDraining() {
    return draining;
  }

  /** Stops accepting requests and waits until none is in progress, at most for the timeout. */
  void drain(Duration timeout) {
    draining = true;
    long deadline = System.nanoTime() + timeout.toNanos();
    while (count() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
