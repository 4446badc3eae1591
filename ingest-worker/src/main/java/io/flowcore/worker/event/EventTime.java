package io.flowcore.worker.event;

import java.time.Instant;
import java.time.temporal.ChronoField;

/** Instants as the ticks of version-1 UUIDs: units of 100 ns since the Gregorian calendar began. */
public final class EventTime {
  /** 1582-10-15T00:00:00Z (RFC 9562 §5.1). */
  public static final Instant EPOCH = Instant.parse("1582-10-15T00:00:00Z");

  /** Ticks in a second. */
  public static final long PER_SECOND = 10_000_000;

  /** The latest time that the 60 bits of a version-1 UUID hold: 5236-03-31T21:21:00.6846975Z. */
  public static final long MAX_TICKS = (1L << 60) - 1;

  private static final int NANOS_PER_TICK = 100;

  private EventTime() {}

  /** Whether a version-1 UUID can hold an instant. */
  public static boolean inRange(Instant instant) {
    return !instant.isBefore(EPOCH) && !instant.isAfter(toInstant(MAX_TICKS));
  }

  /** The ticks of an instant in range; what is finer than 100 ns is cut off. */
  public static long toTicks(Instant instant) {
    return toTicks(instant.getEpochSecond(), instant.getNano());
  }

  /** The ticks of an instant in range, given as in {@link Instant}. */
  public static long toTicks(long epochSecond, int nano) {
    return (epochSecond - EPOCH.getEpochSecond()) * PER_SECOND + nano / NANOS_PER_TICK;
  }

  /** The instant of some ticks. */
  public static Instant toInstant(long ticks) {
    return Instant.ofEpochSecond(
        EPOCH.getEpochSecond() + ticks / PER_SECOND, (ticks % PER_SECOND) * NANOS_PER_TICK);
  }

  /**
   * ISO 8601 in UTC with as many digits as the instant needs, milliseconds at least, as JavaScript
   * writes it.
   */
  public static String format(Instant instant) {
    if (instant.get(ChronoField.NANO_OF_SECOND) == 0) {
      String text = instant.toString();
      return text.substring(0, text.length() - 1) + ".000Z";
    }
    return instant.toString();
  }
}
