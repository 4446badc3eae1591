package io.flowcore.worker.archive;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Delays retries of what failed, each time twice as long. Remembers a limited number of failures:
 * if there are more, the one that failed longest ago is forgotten and may be retried earlier. Safe
 * for use by many threads.
 */
final class Backoff<K> {
  private final Clock clock;
  private final Duration firstDelay;
  private final int capacity;
  private final LinkedHashMap<K, Failure> failures = new LinkedHashMap<>();

  private record Failure(int doublings, Instant retryAt) {}

  /**
   * Creates an empty table.
   *
   * @param firstDelay after the first failure
   * @param capacity the number of failures that are remembered; each needs about 200 bytes
   */
  Backoff(Clock clock, Duration firstDelay, int capacity) {
    this.clock = clock;
    this.firstDelay = firstDelay;
    this.capacity = capacity;
  }

  /** Returns whether something may be attempted now. */
  synchronized boolean isDue(K key) {
    Failure failure = failures.get(key);
    if (failure == null) {
      return true;
    }
    Instant now = clock.instant();
    // If the clock was set back, the time of the retry is too far away.
    return !now.isBefore(failure.retryAt())
        || now.plus(delay(failure.doublings())).isBefore(failure.retryAt());
  }

  private Duration delay(int doublings) {
    return firstDelay.multipliedBy(1L << doublings);
  }

  /**
   * Records a failed attempt.
   *
   * @param maxDoublings limits the delay, to the first delay multiplied by two to this power
   */
  synchronized void failed(K key, int maxDoublings) {
    Failure before = failures.remove(key);
    int doublings = before == null ? 0 : Math.min(before.doublings() + 1, maxDoublings);
    failures.put(key, new Failure(doublings, clock.instant().plus(delay(doublings))));
    if (failures.size() > capacity) {
      Map.Entry<K, Failure> eldest = failures.firstEntry();
      failures.remove(eldest.getKey());
    }
  }

  /** Forgets the failures of what has succeeded. */
  synchronized void succeeded(K key) {
    failures.remove(key);
  }

  /** Returns the number of failures that are remembered. */
  synchronized int size() {
    return failures.size();
  }
}
