package io.flowcore.worker.event;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/**
 * An hour of event time in UTC. Its text has the format {@code yyyyMMddHH0000}.
 *
 * @param hour hours since {@link EventTime#EPOCH}
 */
public record TimeBucket(int hour) implements Comparable<TimeBucket> {
  private static final long TICKS_PER_HOUR = 3_600 * EventTime.PER_SECOND;

  /** The earliest hour. */
  public static final TimeBucket MIN = ofTicks(0);

  /** The latest hour. */
  public static final TimeBucket MAX = ofTicks(EventTime.MAX_TICKS);

  /** Returns the hour of an event time in ticks. */
  public static TimeBucket ofTicks(long ticks) {
    return new TimeBucket((int) (ticks / TICKS_PER_HOUR));
  }

  /**
   * Parses {@code yyyyMMddHHmmss} and ignores minutes and seconds; empty if the text does not have
   * this format or the time is out of the range of event times.
   */
  public static Optional<TimeBucket> parse(String text) {
    if (text.length() != 14 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    try {
      LocalDateTime time =
          LocalDateTime.of(
              number(text, 0, 4),
              number(text, 4, 6),
              number(text, 6, 8),
              number(text, 8, 10),
              number(text, 10, 12),
              number(text, 12, 14));
      Instant instant = time.toInstant(ZoneOffset.UTC);
      return EventTime.isInRange(instant)
          ? Optional.of(ofTicks(EventTime.toTicks(instant)))
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }

  /** Returns the first tick of this hour. */
  public long firstTick() {
    return hour * TICKS_PER_HOUR;
  }

  /** Returns the last tick of this hour. */
  public long lastTick() {
    return Math.min(firstTick() + TICKS_PER_HOUR - 1, EventTime.MAX_TICKS);
  }

  @Override
  public int compareTo(TimeBucket other) {
    return Integer.compare(hour, other.hour);
  }

  /** Returns the hour as {@code yyyyMMddHH0000}. */
  @Override
  public String toString() {
    LocalDateTime time =
        LocalDateTime.ofInstant(EventTime.EPOCH.plus(hour, ChronoUnit.HOURS), ZoneOffset.UTC);
    return String.format(
        Locale.ROOT,
        "%04d%02d%02d%02d0000",
        time.getYear(),
        time.getMonthValue(),
        time.getDayOfMonth(),
        time.getHour());
  }
}
