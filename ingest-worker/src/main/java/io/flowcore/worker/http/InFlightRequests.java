package io.flowcore.worker.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the requests in progress, so that a shutdown can wait for them. */
final class InFlightRequests {
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong finishedInShutdown = new AtomicLong();
  private volatile Phase phase = Phase.SERVING;

  /** Whether a worker serves requests. */
  enum Phase {
    SERVING,
    /** Serves requests, and asks clients to close their connections. */
    DRAINING,
    /** Rejects new requests. */
    REJECTING
  }

  /** Returns the number of requests in progress. */
  int count() {
    return count.get();
  }

  /** Returns how many requests have ended since {@link Phase#DRAINING} began. */
  long finishedInShutdown() {
    return finishedInShutdown.get();
  }

  /**
   * Counts a request. Call this before {@link #isRejecting}: a shutdown that has seen a count of
   * zero must not miss a request.
   */
  void begin() {
    count.incrementAndGet();
  }

  /** Marks a counted request as finished. */
  void end() {
    if (phase != Phase.SERVING) {
      finishedInShutdown.incrementAndGet();
    }
    count.decrementAndGet();
  }

  /** Enters a later phase. */
  void enter(Phase later) {
    phase = later;
  }

  /** Returns whether the worker is shutting down. */
  boolean isShuttingDown() {
    return phase != Phase.SERVING;
  }

  /** Returns whether new requests are rejected. */
  boolean isRejecting() {
    return phase == Phase.REJECTING;
  }
}
