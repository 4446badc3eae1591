package io.flowcore.worker.clock;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardedClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DECADES = Duration.ofDays(30 * 365);

  private final TestClock wall = TestClock.stoppedAt(START);
  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);
  private final GuardedClock clock = new GuardedClock(wall, nanos::get);

  /** The time that has really passed. */
  private Duration passed = Duration.ZERO;

  private void pass(Duration duration) {
    wall.advance(duration);
    nanos.addAndGet(duration.toNanos());
    passed = passed.plus(duration);
  }

  /** Passes time with a reading each second, as the expiry loop makes them. */
  private void passWithReadings(Duration duration) {
    for (long second = 0; second < duration.toSeconds(); second++) {
      pass(Duration.ofSeconds(1));
      clock.instant();
    }
  }

  @Test
  void itShowsTheWallClockWhileThatRunsWithTheMonotonicClock() {
    for (int i = 0; i < 1_000; i++) {
      pass(Duration.ofMinutes(i % 7));
      assertThat(clock.instant()).isEqualTo(wall.instant());
    }
    assertThat(clock.jumps()).isZero();
  }

  @Test
  void aJumpForOneReadingIsIgnored() {
    pass(Duration.ofSeconds(3));
    wall.advance(DECADES);

    assertThat(clock.instant()).isEqualTo(START.plusSeconds(3));
    assertThat(clock.ahead()).isEqualTo(DECADES);
    wall.advance(DECADES.negated());
    assertThat(clock.instant()).isEqualTo(START.plusSeconds(3));
    assertThat(clock.ahead()).isZero();
    assertThat(clock.jumps()).isEqualTo(1);
  }

  @Test
  void theLenientClockFollowsAJumpOfHoursAtOnceAndIgnoresOneOfDecades() {
    Clock lenient = clock.lenient();
    pass(Duration.ofSeconds(3));
    assertThat(lenient.instant()).isEqualTo(START.plusSeconds(3));

    wall.advance(Duration.ofHours(8));
    assertThat(lenient.instant()).isEqualTo(wall.instant());
    wall.advance(DECADES);
    assertThat(lenient.instant()).isEqualTo(START.plusSeconds(3));
  }

  @Test
  void duringAJumpTheTimeAdvancesWithTheMonotonicClock() {
    wall.advance(DECADES);
    clock.instant();
    pass(Duration.ofSeconds(90));

    assertThat(clock.instant()).isEqualTo(START.plusSeconds(90));
  }

  @Test
  void aJumpThatHasHeldIsFollowed() {
    wall.advance(DECADES);
    clock.instant();
    passWithReadings(GuardedClock.HOLD.minusSeconds(1));
    assertThat(clock.instant()).isEqualTo(START.plus(passed));

    passWithReadings(Duration.ofSeconds(1));
    assertThat(clock.instant()).isEqualTo(wall.instant());
    assertThat(clock.ahead()).isZero();
  }

  @Test
  void twoShortJumpsAreNotOneLongJump() {
    wall.advance(DECADES);
    clock.instant();
    wall.advance(DECADES.negated());
    passWithReadings(GuardedClock.HOLD);
    wall.advance(DECADES);

    assertThat(clock.instant()).isEqualTo(START.plus(passed));
  }

  @Test
  void aJumpThatWasNotObservedMeanwhileHasNotHeld() {
    wall.advance(DECADES);
    clock.instant();
    pass(GuardedClock.HOLD.plusHours(1));

    assertThat(clock.instant()).isEqualTo(START.plus(passed));
  }

  @Test
  void aClockThatIsSetBackIsFollowedAtOnce() {
    passWithReadings(Duration.ofMinutes(10));
    wall.advance(Duration.ofHours(-1));

    assertThat(clock.instant()).isEqualTo(wall.instant());
    wall.advance(Duration.ofHours(1));
    assertThat(clock.instant()).as("the time before was trusted").isEqualTo(wall.instant());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10})
  void aStepWithinTheToleranceIsFollowedAtOnce(int seconds) {
    wall.advance(Duration.ofSeconds(seconds));

    assertThat(clock.instant()).isEqualTo(wall.instant());
    assertThat(clock.jumps()).isZero();
  }

  @Test
  void smallStepsDoNotAddUpToALargeJump() {
    for (int i = 0; i < 100; i++) {
      wall.advance(Duration.ofSeconds(5));
      pass(Duration.ofSeconds(1));
      clock.instant();
    }

    assertThat(Duration.between(START.plus(passed), clock.instant()))
        .isLessThanOrEqualTo(GuardedClock.TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whateverAClockShowsBrieflyTheTimeIsNeverAheadByMoreThanTheTolerance(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      pass(Duration.ofMillis(random.nextInt(3_000)));
      Duration jump = Duration.ofMillis(random.nextLong(DECADES.toMillis()) >> random.nextInt(40));
      boolean jumps = random.nextInt(50) == 0;
      if (jumps) {
        wall.advance(jump);
      }
      for (int reading = random.nextInt(4); reading >= 0; reading--) {
        assertThat(clock.instant())
            .isBeforeOrEqualTo(START.plus(passed).plus(GuardedClock.TOLERANCE));
      }
      if (jumps) {
        wall.advance(jump.negated());
      }
      assertThat(clock.instant()).isEqualTo(START.plus(passed));
    }
  }
}
