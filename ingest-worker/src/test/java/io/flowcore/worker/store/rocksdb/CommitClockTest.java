package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.event.EventTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class CommitClockTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long TICKS = EventTime.toTicks(NOW);

  private static CommitClock clock(long last) {
    return new CommitClock(Clock.fixed(NOW, ZoneOffset.UTC), last);
  }

  @Test
  void theHorizonStaysBeforeACommitThatIsUnderWay() {
    CommitClock clock = clock(0);
    long first = clock.begin(100);

    assertThat(clock.horizon()).isEqualTo(first - 1);
    clock.committed();
    assertThat(clock.horizon()).isEqualTo(first + 99);
  }

  @Test
  void noCommitGetsAnInstantThatAHorizonHasCovered() {
    CommitClock clock = clock(0);

    assertThat(clock.horizon()).isEqualTo(TICKS);
    assertThat(clock.begin(1)).isEqualTo(TICKS + 1);
  }

  @Test
  void instantsGoOnWhereTheyEndedWhenTheClockWasSetBack() {
    CommitClock clock = clock(TICKS + 1_000);

    assertThat(clock.begin(5)).isEqualTo(TICKS + 1_001);
    clock.committed();
    assertThat(clock.begin(1)).isEqualTo(TICKS + 1_006);
  }
}
