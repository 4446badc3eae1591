package io.flowcore.worker.ingest;

import io.flowcore.worker.event.EventTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Times that a sender gives: ISO 8601 date-times with {@code Z} or an offset, up to nanoseconds.
 */
final class Timestamps {
  private static final int LONGEST = 64;

  /** Years of four digits, as in RFC 3339 §1: every consumer reads those. */
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant END = EARLIEST.atOffset(ZoneOffset.UTC).withYear(10_000).toInstant();

  private Timestamps() {}

  /** Reads a time. The exception's message says what is wrong, with the value. */
  static Instant parse(String text) throws DateTimeException {
    if (text.length() > LONGEST) {
      throw new DateTimeException(
          "a time has at most " + LONGEST + " characters, this one " + text.length());
    }
    try {
      Instant time =
          OffsetDateTime.parse(text.strip(), DateTimeFormatter.ISO_OFFSET_DATE_TIME).toInstant();
      if (time.isBefore(EARLIEST) || !time.isBefore(END)) {
        throw new DateTimeException("out of range");
      }
      return time;
    } catch (DateTimeException e) {
      throw new DateTimeException(
          "'"
              + text
              + "' is no ISO 8601 date-time with Z or an offset, such as 2026-01-31T12:00:00.000Z, in the years 0000 to 9999",
          e);
    }
  }

  /**
   * Reads an event time, in ticks: one that a version-1 UUID can hold, and no further in the future
   * than allowed.
   */
  static long parseEventTicks(String text, Instant now, long maxFutureSkewSeconds)
      throws DateTimeException {
    Instant time = parse(text);
    if (!EventTime.inRange(time)) {
      throw new DateTimeException(
          text
              + " is out of range; an event id holds times from "
              + EventTime.EPOCH
              + " to "
              + EventTime.toInstant(EventTime.MAX_TICKS));
    }
    if (time.isAfter(now.plusSeconds(maxFutureSkewSeconds))) {
      throw new DateTimeException(
          text
              + " is more than "
              + maxFutureSkewSeconds
              + " seconds in the future, which is the limit; the time here is "
              + now);
    }
    return EventTime.toTicks(time);
  }
}
