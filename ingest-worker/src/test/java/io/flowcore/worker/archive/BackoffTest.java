package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-31T12:00:00Z"));
  private final Backoff<Integer> backoff = new Backoff<>(clock, Duration.ofSeconds(10), 100);

  @Test
  void theDelayDoublesUpToALimitAndASuccessResetsIt() {
    for (int seconds : new int[] {10, 20, 40, 40}) {
      backoff.failed(1, 2);
      clock.advance(Duration.ofSeconds(seconds - 1));
      assertThat(backoff.isDue(1)).as("before %d s", seconds).isFalse();
      assertThat(backoff.isDue(2)).as("another key").isTrue();
      clock.advance(Duration.ofSeconds(1));
      assertThat(backoff.isDue(1)).as("after %d s", seconds).isTrue();
    }
    backoff.succeeded(1);
    backoff.failed(1, 2);
    clock.advance(Duration.ofSeconds(10));
    assertThat(backoff.isDue(1)).isTrue();
  }

  @Test
  void aClockThatIsSetBackDoesNotDelayARetryForLong() {
    backoff.failed(1, 2);
    clock.advance(Duration.ofDays(-1));

    assertThat(backoff.isDue(1)).isTrue();
  }

  @Test
  void onlyALimitedNumberOfFailuresIsRemembered() {
    for (int key = 0; key < 1_000; key++) {
      backoff.failed(key, 6);
    }

    assertThat(backoff.size()).isEqualTo(100);
    assertThat(backoff.isDue(899)).as("forgotten").isTrue();
    assertThat(backoff.isDue(900)).isFalse();
  }
}
