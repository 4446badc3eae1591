package io.flowcore.worker.auth;

import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Catalog.RateLimit;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Holds keys to their rates: a bucket of tokens for each, which fills steadily and of which every
 * request takes one. Knows only this worker's requests.
 */
public final class RateLimiter {
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;

  /** One for each key with a rate that was ever used; as many as were declared, at most. */
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  /** Measures by a clock as {@link System#nanoTime}. */
  public RateLimiter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Refuses with {@code rate_limited} if a key has been used too often. */
  public void require(KeyEntry key) {
    if (key.rateLimit().isEmpty()) {
      return;
    }
    RateLimit limit = key.rateLimit().get();
    if (!buckets.computeIfAbsent(key.keyId(), id -> new Bucket(limit)).take(limit)) {
      throw new ApiException(
          ErrorCode.RATE_LIMITED,
          "the key may be used "
              + limit.requestsPerSecond()
              + " times a second, "
              + limit.burst()
              + " times at once");
    }
  }

  private final class Bucket {
    private double tokens;
    private long filledAt = nanoTime.getAsLong();

    Bucket(RateLimit limit) {
      tokens = limit.burst();
    }

    /** The limit is passed in each time: it may change while the key stays. */
    synchronized boolean take(RateLimit limit) {
      long now = nanoTime.getAsLong();
      double filled = tokens + (now - filledAt) * (limit.requestsPerSecond() / NANOS);
      filledAt = now;
      tokens = Math.min(limit.burst(), filled);
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    }
  }
}
