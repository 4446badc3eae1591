package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.event.EventTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StartClockCheckTest {
  private static final Instant LAST = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicLong nanos = new AtomicLong();

  private StartClockCheck check(Duration sinceLast) {
    return new StartClockCheck(LAST.plus(sinceLast), EventTime.toTicks(LAST), nanos::get);
  }

  @Test
  void aShortStopIsNothingSpecial() {
    StartClockCheck check = check(Duration.ofHours(3));

    assertThat(check.warning()).isEmpty();
    assertThat(check.mayRemove()).isTrue();
  }

  @Test
  void aLongStopIsReportedAndDelaysRemoval() {
    StartClockCheck check = check(Duration.ofDays(9));

    assertThat(check.warning()).get().asString().contains("216 h after the last commit");
    nanos.set(GuardedClock.HOLD.toNanos() - 1);
    assertThat(check.mayRemove()).isFalse();
    nanos.set(GuardedClock.HOLD.toNanos());
    assertThat(check.mayRemove()).isTrue();
  }

  @Test
  void aClockBeforeTheLastCommitIsReported() {
    StartClockCheck check = check(Duration.ofDays(-365));

    assertThat(check.warning()).get().asString().contains("31536000 s before the last commit");
    assertThat(check.mayRemove()).isTrue();
  }

  @Test
  void aNewStoreHasNothingToCompare() {
    StartClockCheck check = new StartClockCheck(LAST, 0, nanos::get);

    assertThat(check.warning()).isEmpty();
    assertThat(check.mayRemove()).isTrue();
  }
}
