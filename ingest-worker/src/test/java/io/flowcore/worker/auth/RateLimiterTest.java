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

  /** How many of some attempts at one instant pass. */
  private int passed(KeyEntry key, int attempts) {
    int passed = 0;
    for (int i = 0; i < attempts; i++) {
      try {
        limiter.require(key);
        passed++;
      } catch (ApiException refused) {
        assertThat(refused.code().status()).isEqualTo(429);
      }
    }
    return passed;
  }

  private void pass(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void aBurstPassesAndThenTheRate() {
    KeyEntry key = key("a", new RateLimit(10, 5));

    assertThat(passed(key, 20)).isEqualTo(5);
    pass(99);
    assertThat(passed(key, 1)).isZero();
    pass(1);
    assertThat(passed(key, 5)).isEqualTo(1);
    pass(60_000);
    assertThat(passed(key, 20)).as("a long pause saves up no more than a burst").isEqualTo(5);
  }

  @Test
  void overAMinuteARateIsKeptToTheRequest() {
    KeyEntry key = key("a", new RateLimit(7, 7));
    int passed = 0;
    for (int i = 0; i < 60_000; i++) {
      pass(1);
      passed += passed(key, 1);
    }

    assertThat(passed).isBetween(7 * 60 - 1, 7 * 60 + 7);
  }

  @Test
  void keysDoNotShareARateAndAKeyWithoutOnePasses() {
    assertThat(passed(key("a", new RateLimit(1, 1)), 3)).isEqualTo(1);
    assertThat(passed(key("b", new RateLimit(1, 1)), 3)).isEqualTo(1);
    assertThat(passed(key("c", null), 1_000)).isEqualTo(1_000);
  }

  @Test
  void aRateThatIsLoweredHoldsAtOnce() {
    passed(key("a", new RateLimit(100, 100)), 1);

    assertThat(passed(key("a", new RateLimit(1, 2)), 50)).isEqualTo(2);
  }
}
