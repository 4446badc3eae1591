package io.flowcore.worker.ingest;

import io.flowcore.worker.event.EventTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;

/**
 * Times that a sender gives: ISO 8601 date-times with {@code Z} or an offset, up to nanoseconds.
 */
final class Timestamps {
  private static final int LONGEST = 64;

  private Timestamps() {}

  /** Reads a time. The exception's message says what is wrong, with the value. */
  static Instant parse(String text) throws DateTimeException {
    if (text.length() > LONGEST) {
      throw new DateTimeException(
          "a time has at most " + LONGEST + " characters, this one " + text.length());
    }
    try {
      return OffsetDateTime.parse(text.strip(), DateTimeFormatter.ISO_OFFSET_DATE_TIME).toInstant();
    } catch (DateTimeException e) {
      throw new DateTimeException(
          "'"
              + text
              + "' is no ISO 8601 date-time with Z or an offset, such as 2026-01-31T12:00:00.000Z",
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
