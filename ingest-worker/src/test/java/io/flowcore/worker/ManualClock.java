package io.flowcore.worker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that only changes when a test sets it. */
public final class ManualClock extends Clock {
  private volatile Instant now;

  /** Starts at an instant. */
  public ManualClock(Instant now) {
    this.now = now;
  }

  /** Sets the time, forward or back. */
  public void set(Instant instant) {
    now = instant;
  }

  /** Moves the time forward. */
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
