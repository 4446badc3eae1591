package io.flowcore.worker.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Catalog.RateLimit;
import io.flowcore.worker.error.ApiException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private long now;
  private final RateLimiter limiter = new RateLimiter(() -> now);

  private static KeyEntry key(String id, RateLimit limit) {
    return new KeyEntry(
        id,
        "default/" + id,
        new UUID(0, 1),
        List.of(),
        Set.of(),
        List.of(),
        Optional.empty(),
        false,
        Optional.ofNullable(limit));
  }

  /** Returns how many attempts at one instant are accepted. */
  private int accepted(KeyEntry key, int attempts) {
    int accepted = 0;
    for (int i = 0; i < attempts; i++) {
      try {
        limiter.require(key);
        accepted++;
      } catch (ApiException e) {
        assertThat(e.code().status()).isEqualTo(429);
      }
    }
    return accepted;
  }

  private void advance(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void acceptsABurstAndThenTheRate() {
    KeyEntry key = key("a", new RateLimit(10, 5));

    assertThat(accepted(key, 20)).isEqualTo(5);
    advance(99);
    assertThat(accepted(key, 1)).isZero();
    advance(1);
    assertThat(accepted(key, 5)).isEqualTo(1);
    advance(60_000);
    assertThat(accepted(key, 20))
        .as("a long pause accumulates no more than one burst")
        .isEqualTo(5);
  }

  @Test
  void keepsTheExactRateOverAMinute() {
    KeyEntry key = key("a", new RateLimit(7, 7));
    int accepted = 0;
    for (int i = 0; i < 60_000; i++) {
      advance(1);
      accepted += accepted(key, 1);
    }

    assertThat(accepted).isBetween(7 * 60 - 1, 7 * 60 + 7);
  }

  @Test
  void limitsEachKeySeparatelyAndAcceptsAllRequestsOfAKeyWithoutALimit() {
    assertThat(accepted(key("a", new RateLimit(1, 1)), 3)).isEqualTo(1);
    assertThat(accepted(key("b", new RateLimit(1, 1)), 3)).isEqualTo(1);
    assertThat(accepted(key("c", null), 1_000)).isEqualTo(1_000);
  }

  @Test
  void appliesALoweredRateAtOnce() {
    accepted(key("a", new RateLimit(100, 100)), 1);

    assertThat(accepted(key("a", new RateLimit(1, 2)), 50)).isEqualTo(2);
  }
}
