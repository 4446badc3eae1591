package io.flowcore.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that a test moves. It is stopped, or runs with the system clock. */
public final class TestClock extends Clock {
  private final Clock base;
  private volatile Duration offset = Duration.ZERO;

  private TestClock(Clock base) {
    this.base = base;
  }

  /** Returns a clock that shows an instant until the test moves it. */
  public static TestClock stoppedAt(Instant instant) {
    return new TestClock(Clock.fixed(instant, ZoneOffset.UTC));
  }

  /** Returns a clock that runs with the system clock, plus the time by which the test moves it. */
  public static TestClock running() {
    return new TestClock(Clock.systemUTC());
  }

  /** Moves the clock by a duration, back if it is negative. */
  public void advance(Duration duration) {
    offset = offset.plus(duration);
  }

  /** Moves the clock to an instant, which can be in its past. */
  public void set(Instant instant) {
    offset = Duration.between(base.instant(), instant);
  }

  @Override
  public Instant instant() {
    return base.instant().plus(offset);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
