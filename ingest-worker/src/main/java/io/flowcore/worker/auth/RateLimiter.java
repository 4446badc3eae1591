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
 * Limits the request rate of each key with a token bucket. Counts only the requests to this worker.
 */
public final class RateLimiter {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;

  /** Buckets by key id. At most one for each key with a rate limit that was ever declared. */
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  /**
   * Creates a limiter.
   *
   * @param nanoTime a monotonic clock, such as {@link System#nanoTime}
   */
  public RateLimiter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Takes one token of a key.
   *
   * @throws ApiException with {@code rate_limited} if the key has no token left
   */
  public void require(KeyEntry key) {
    if (key.rateLimit().isEmpty()) {
      return;
    }
    RateLimit limit = key.rateLimit().get();
    if (!buckets.computeIfAbsent(key.keyId(), id -> new Bucket(limit)).tryTake(limit)) {
      throw new ApiException(
          ErrorCode.RATE_LIMITED,
          "the key's rate limit of "
              + limit.requestsPerSecond()
              + " requests per second with bursts of "
              + limit.burst()
              + " requests is exceeded; retry later");
    }
  }

  private final class Bucket {
    private double tokens;
    private long filledAt = nanoTime.getAsLong();

    Bucket(RateLimit limit) {
      tokens = limit.burst();
    }

    /** Takes one token, if there is one. The limit of a key can change from call to call. */
    synchronized boolean tryTake(RateLimit limit) {
      long now = nanoTime.getAsLong();
      double filled = tokens + (now - filledAt) * (limit.requestsPerSecond() / NANOS_PER_SECOND);
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
