package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CommitClockTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long TICKS = EventTime.toTicks(NOW);

  private final TestClock wall = TestClock.stoppedAt(NOW);

  private CommitClock clock(long reserved) {
    return new CommitClock(wall, reserved);
  }

  @Test
  void theWatermarkStaysBeforeACommitInProgress() {
    CommitClock clock = clock(TICKS + 10_000);
    CommitClock.Instants commit = clock.begin(100);

    assertThat(clock.readWatermark()).isEqualTo(commit.first() - 1);
    clock.committed(commit);
    assertThat(clock.readWatermark()).isEqualTo(commit.first() + 99);
  }

  @Test
  void noCommitGetsAnInstantThatTheWatermarkHasPassed() {
    CommitClock clock = clock(TICKS - 1);
    clock.committed(clock.begin(1));
    wall.set(NOW.plusSeconds(1));

    assertThat(clock.readWatermark()).isEqualTo(TICKS + EventTime.PER_SECOND);
    assertThat(clock.begin(1).first()).isEqualTo(TICKS + EventTime.PER_SECOND + 1);
  }

  @Test
  void instantsContinueAfterTheLastOneWhenTheClockIsSetBack() {
    CommitClock clock = clock(TICKS + 1_000);
    CommitClock.Instants commit = clock.begin(5);

    assertThat(commit.first()).isEqualTo(TICKS + 1_001);
    clock.committed(commit);
    assertThat(clock.begin(1).first()).isEqualTo(TICKS + 1_006);
  }

  @Test
  void theWatermarkNeverPassesTheInstantAfterWhichARestartedClockBegins() {
    CommitClock clock = clock(TICKS - 1);
    CommitClock.Instants commit = clock.begin(1);
    clock.committed(commit);
    wall.set(NOW.plusSeconds(3_600));

    assertThat(clock.readWatermark()).isEqualTo(commit.reserved());
    assertThat(clock.needsRenewal()).isTrue();
    wall.set(NOW.minusSeconds(3_600));
    assertThat(clock(commit.reserved()).begin(1).first()).isGreaterThan(clock.readWatermark());
  }

  @Test
  void aReservationThatIsNotDurableYetDoesNotMoveTheWatermark() {
    CommitClock clock = clock(TICKS - 1);
    CommitClock.Instants commit = clock.begin(1);
    clock.committed(commit);
    wall.set(NOW.plusSeconds(3_600));
    CommitClock.Instants renewal = clock.begin(0);

    assertThat(clock.readWatermark()).isEqualTo(commit.reserved());
    clock.committed(renewal);
    assertThat(clock.readWatermark()).isEqualTo(TICKS + 3_600 * EventTime.PER_SECOND);
    assertThat(clock.needsRenewal()).isFalse();
  }

  @Test
  void theWatermarkNeverPassesACommitThatNeverEnded() {
    CommitClock clock = clock(TICKS - 1);
    clock.committed(clock.begin(1));
    CommitClock.Instants failed = clock.begin(10);
    wall.set(NOW.plusSeconds(1));

    assertThat(clock.readWatermark()).isEqualTo(failed.first() - 1);
  }

  @Test
  void theWatermarkPassesAFailedCommitOnlyAfterALaterOneHasSucceeded() {
    CommitClock clock = clock(TICKS - 1);
    clock.committed(clock.begin(1));
    CommitClock.Instants failed = clock.begin(10);
    CommitClock.Instants next = clock.begin(1);

    assertThat(next.first()).isEqualTo(failed.first() + 10);
    assertThat(clock.readWatermark()).isEqualTo(failed.first() - 1);
    clock.committed(next);
    assertThat(clock.readWatermark()).isEqualTo(next.first());
  }
}
