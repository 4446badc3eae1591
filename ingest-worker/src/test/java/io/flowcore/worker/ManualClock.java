package io.flowcore.worker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Goes when it is told. */
public final class ManualClock extends Clock {
  private volatile Instant now;

  /** Stands still at an instant. */
  public ManualClock(Instant now) {
    this.now = now;
  }

  /** Jumps, back as well. */
  public void set(Instant instant) {
    now = instant;
  }

  /** Goes on. */
  public void pass(Duration duration) {
    now = now.plus(duration);
  }

  @Override
  public Instant instant() {
    return now;
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
