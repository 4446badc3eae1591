package io.flowcore.worker.event;

import java.time.Instant;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;

/** Converts instants to ticks of version-1 UUIDs: units of 100 ns since {@link #EPOCH}. */
public final class EventTime {
  /** 1582-10-15T00:00:00Z, the start of the Gregorian calendar (RFC 9562 §5.1). */
  public static final Instant EPOCH = Instant.parse("1582-10-15T00:00:00Z");

  /** Ticks per second. */
  public static final long PER_SECOND = 10_000_000;

  /**
   * The latest time that the 60 bits of a version-1 UUID represent: 5236-03-31T21:21:00.6846975Z.
   */
  public static final long MAX_TICKS = (1L << 60) - 1;

  private static final int NANOS_PER_TICK = 100;

  private EventTime() {}

  /** Returns whether a version-1 UUID can represent an instant. */
  public static boolean isInRange(Instant instant) {
    return !instant.isBefore(EPOCH) && !instant.isAfter(toInstant(MAX_TICKS));
  }

  /** Returns the ticks of an instant in range, rounded down to 100 ns. */
  public static long toTicks(Instant instant) {
    return toTicks(instant.getEpochSecond(), instant.getNano());
  }

  /** Returns the ticks of an instant in range, given by the fields of {@link Instant}. */
  public static long toTicks(long epochSecond, int nano) {
    return (epochSecond - EPOCH.getEpochSecond()) * PER_SECOND + nano / NANOS_PER_TICK;
  }

  /** Returns the instant of a number of ticks. */
  public static Instant toInstant(long ticks) {
    return Instant.ofEpochSecond(
        EPOCH.getEpochSecond() + ticks / PER_SECOND, (ticks % PER_SECOND) * NANOS_PER_TICK);
  }

  /**
   * Formats an instant as ISO 8601 in UTC with milliseconds, rounded down. Clients in JavaScript
   * accept no other number of digits.
   */
  public static String formatMillis(Instant instant) {
    return format(instant.truncatedTo(ChronoUnit.MILLIS));
  }

  /**
   * Formats an instant as ISO 8601 in UTC, with three, six or nine digits of a second. With three
   * digits it is the format of JavaScript.
   */
  public static String format(Instant instant) {
    if (instant.get(ChronoField.NANO_OF_SECOND) == 0) {
      String text = instant.toString();
      return text.substring(0, text.length() - 1) + ".000Z";
    }
    return instant.toString();
  }
}
