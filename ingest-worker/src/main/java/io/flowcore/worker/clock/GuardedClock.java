package io.flowcore.worker.clock;

import io.flowcore.worker.metrics.MetricRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A clock that does not follow the wall clock when that jumps ahead, until the jump has held.
 *
 * <p>A wall clock that is decades ahead for a moment would date events decades ahead for ever,
 * because event times never go back, and would remove every event whose TTL has not passed. The
 * monotonic clock vouches for the time that has really passed:
 *
 * <ul>
 *   <li>A wall clock up to {@link #TOLERANCE} ahead of the monotonic clock is followed at once.
 *   <li>A wall clock further ahead is ignored; the time advances with the monotonic clock. It is
 *       followed once it has been ahead by the same amount for {@link #HOLD}, as after a machine
 *       was suspended.
 *   <li>A wall clock that is set back is followed at once: that removes nothing. What must not go
 *       back, such as event times, is kept by its owner.
 * </ul>
 *
 * <p>The wall clock at the start is trusted, since there is nothing to compare it with. Safe for
 * use by many threads.
 */
public final class GuardedClock extends Clock {
  /** Larger than the steps of a synchronized clock, and than the pause of a live migration. */
  public static final Duration TOLERANCE = Duration.ofSeconds(10);

  /** Longer than time synchronization needs to correct a clock that it has set wrong. */
  public static final Duration HOLD = Duration.ofMinutes(5);

  /** Longer than most suspensions of a machine; as long as the longest TTL by default. */
  public static final Duration MAX_LENIENCY = Duration.ofDays(7);

  /** Without a reading for this long it is unknown whether a jump has held. */
  static final Duration MAX_GAP = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(GuardedClock.class);

  private static final long TOLERANCE_MICROS = micros(TOLERANCE);
  private static final long HOLD_MICROS = micros(HOLD);
  private static final long MAX_GAP_MICROS = micros(MAX_GAP);

  private final Clock wall;
  private final LongSupplier nanoTime;

  /** The wall clock minus the monotonic clock, in microseconds, as far as it is trusted. */
  private long trustedOffset;

  /** The offset that is trusted once it has held. */
  private long candidateOffset;

  /** The monotonic time of the first reading of the candidate, in microseconds. */
  private long candidateSince;

  private long lastReading;
  private boolean ahead;
  private boolean reported;
  private long lastReport;
  private long jumps;

  /**
   * Creates a clock that trusts the wall clock at this moment.
   *
   * @param nanoTime monotonic time in nanoseconds
   */
  public GuardedClock(Clock wall, LongSupplier nanoTime) {
    this.wall = wall;
    this.nanoTime = nanoTime;
    lastReading = monotonicMicros();
    trustedOffset = micros(wall.instant()) - lastReading;
    candidateOffset = trustedOffset;
    candidateSince = lastReading;
  }

  /** What a reading has found. */
  private enum Change {
    NONE,
    JUMPED,
    FOLLOWED
  }

  /**
   * One reading of both clocks.
   *
   * @param aheadMicros how far the wall clock is ahead of the time returned
   */
  private record Reading(Instant time, long aheadMicros, Change change) {}

  @Override
  public Instant instant() {
    return read().time;
  }

  /** Returns how far the wall clock is ahead of this clock; zero unless a jump is being ignored. */
  public Duration ahead() {
    return Duration.of(read().aheadMicros, ChronoUnit.MICROS);
  }

  /** Returns how often the wall clock jumped ahead. */
  public synchronized long jumps() {
    return jumps;
  }

  /**
   * Returns a clock for what must not be too early, such as the end of a TTL: it follows a jump of
   * at most {@link #MAX_LENIENCY} at once. After a machine was suspended, this is the right time;
   * if the wall clock is wrong, what was stored meanwhile stays somewhat longer.
   */
  public Clock lenient() {
    return new Lenient(this);
  }

  /** Returns the lenient clock of a clock that may be guarded. */
  public static Clock lenient(Clock clock) {
    return clock instanceof GuardedClock guarded ? guarded.lenient() : clock;
  }

  private static final class Lenient extends Clock {
    private final GuardedClock guarded;

    Lenient(GuardedClock guarded) {
      this.guarded = guarded;
    }

    @Override
    public Instant instant() {
      Reading reading = guarded.read();
      return reading.aheadMicros <= micros(MAX_LENIENCY)
          ? reading.time.plus(reading.aheadMicros, ChronoUnit.MICROS)
          : reading.time;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return guarded.withZone(zone);
    }
  }

  /** Returns the wall clock, for what is compared with the clocks of other machines. */
  public Clock wall() {
    return wall;
  }

  /** Returns the wall clock behind a clock that may be guarded. */
  public static Clock wall(Clock clock) {
    return clock instanceof GuardedClock guarded ? guarded.wall : clock;
  }

  private Reading read() {
    Reading reading = readClocks();
    // Not under the lock: logging may write to a slow disk.
    switch (reading.change) {
      case JUMPED ->
          LOG.warn(
              "The machine's clock jumped {} s ahead. The worker ignores the jump, and follows the"
                  + " clock if it stays there for {} s; check the machine's time synchronization",
              reading.aheadMicros / 1_000_000,
              HOLD.toSeconds());
      case FOLLOWED ->
          LOG.warn(
              "The machine's clock has been ahead for {} s, and the worker follows it now: {}",
              HOLD.toSeconds(),
              reading.time);
      case NONE -> {}
    }
    return reading;
  }

  private synchronized Reading readClocks() {
    Instant now = wall.instant();
    long monotonic = monotonicMicros();
    long offset = micros(now) - monotonic;
    boolean gap = monotonic - lastReading > MAX_GAP_MICROS;
    if (gap || Math.abs(offset - candidateOffset) > TOLERANCE_MICROS) {
      candidateOffset = offset;
      candidateSince = monotonic;
    }
    lastReading = monotonic;
    boolean held = monotonic - candidateSince >= HOLD_MICROS;
    boolean followed = held && offset - trustedOffset > TOLERANCE_MICROS;
    trustedOffset = held ? offset : trustedOffset;
    long aheadMicros = offset - trustedOffset;
    boolean wasAhead = ahead;
    ahead = aheadMicros > TOLERANCE_MICROS;
    if (!ahead) {
      return new Reading(now, 0, followed ? Change.FOLLOWED : Change.NONE);
    }
    jumps += wasAhead ? 0 : 1;
    Change change = wasAhead || !mayReport(monotonic) ? Change.NONE : Change.JUMPED;
    return new Reading(instant(monotonic + trustedOffset), aheadMicros, change);
  }

  /** A clock that jumps at every reading must not fill the log. */
  private boolean mayReport(long monotonic) {
    if (reported && monotonic - lastReport < HOLD_MICROS) {
      return false;
    }
    reported = true;
    lastReport = monotonic;
    return true;
  }

  private long monotonicMicros() {
    return nanoTime.getAsLong() / 1_000;
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** Registers what monitoring needs to notice a jump. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.clock.ahead.seconds",
        "How far the machine's clock is ahead of the time that the worker uses",
        () -> ahead().toMillis() / 1_000.0);
    metrics.counter(
        "flowcore.clock.jumps", "How often the machine's clock jumped ahead", this::jumps);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /** Always UTC; only instants are read. */
  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("a guarded clock shows UTC only");
  }
}
