package io.flowcore.worker.http.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadRateTest {
  private static final int PIECE = 4 << 10;

  private final ReadRate rate = new ReadRate();

  private long allowedMillis() {
    return TimeUnit.NANOSECONDS.toMillis(rate.allowedNanos(PIECE));
  }

  private void written(int bytes, long millis) {
    rate.written(bytes, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void aClientAtTheMinimumRateMayReadForEver() {
    for (int i = 0; i < 10_000; i++) {
      written(PIECE, 999);
    }

    assertThat(allowedMillis()).isBetween(10_900L, 11_000L);
  }

  @Test
  void aClientBelowTheMinimumRateRunsOutOfTimeWhateverItReadBefore() {
    written(100 << 20, 100);
    assertThat(allowedMillis()).isBetween(10_900L, 11_000L);
    for (int i = 0; i < 12; i++) {
      written(PIECE, 2_000);
    }

    assertThat(allowedMillis()).isNegative();
  }

  @Test
  void aPauseIsMadeUpByReadingFaster() {
    written(PIECE, 9_000);
    assertThat(allowedMillis()).isBetween(2_900L, 3_000L);
    written(16 * PIECE, 10);

    assertThat(allowedMillis()).isBetween(10_900L, 11_000L);
  }
}
