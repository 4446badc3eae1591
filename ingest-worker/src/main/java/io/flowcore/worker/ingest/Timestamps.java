package io.flowcore.worker.ingest;

import io.flowcore.catalog.Catalog.SenderLimits;
import io.flowcore.worker.event.EventTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

/** Parses the times that clients send: ISO 8601 date-times with {@code Z} or an offset. */
final class Timestamps {
  private static final int MAX_LENGTH = 64;

  /** Years have four digits (RFC 3339 §1), which every consumer can read. */
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant END = EARLIEST.atOffset(ZoneOffset.UTC).withYear(10_000).toInstant();

  /** The middle of an offset in the basic format of ISO 8601, such as {@code +0130}. */
  private static final Pattern BASIC_OFFSET = Pattern.compile("(?<=T.{5,40}[+-]\\d\\d)(?=\\d\\d$)");

  private Timestamps() {}

  /**
   * Parses a time, with up to nine digits of a second.
   *
   * @throws DateTimeException if the text is not a valid time. The message is for clients
   */
  static Instant parse(String text) throws DateTimeException {
    if (text.length() > MAX_LENGTH) {
      throw new DateTimeException(
          "the time is " + text.length() + " characters long; the limit is " + MAX_LENGTH);
    }
    try {
      String extended = BASIC_OFFSET.matcher(text.strip()).replaceFirst(":");
      Instant time =
          OffsetDateTime.parse(extended, DateTimeFormatter.ISO_OFFSET_DATE_TIME).toInstant();
      if (time.isBefore(EARLIEST) || !time.isBefore(END)) {
        throw new DateTimeException("out of range");
      }
      return time;
    } catch (DateTimeException e) {
      throw new DateTimeException(
          "'"
              + text
              + "' is not an ISO 8601 date-time with Z or an offset, a year from 0000 to 9999, and at most 9 digits after the second; send a time such as 2026-01-31T12:00:00.000Z",
          e);
    }
  }

  /**
   * Parses an event time, in ticks.
   *
   * @throws DateTimeException if the text is not a valid time, a version-1 UUID cannot contain it,
   *     or it is too far in the future or past. The message is for clients
   */
  static long parseEventTicks(String text, Instant now, SenderLimits limits)
      throws DateTimeException {
    Instant time = parse(text);
    if (!EventTime.isInRange(time)) {
      throw new DateTimeException(
          text
              + " is out of range; an event time must be from "
              + EventTime.EPOCH
              + " to "
              + EventTime.toInstant(EventTime.MAX_TICKS));
    }
    if (time.isAfter(now.plusSeconds(limits.maxFutureSkewSeconds()))) {
      throw new DateTimeException(
          text
              + " is too far in the future; the limit is "
              + limits.maxFutureSkewSeconds()
              + " seconds after the worker's time, which is "
              + now);
    }
    Optional<Long> maxPastAge = limits.maxPastAgeSeconds();
    if (maxPastAge.isPresent() && time.isBefore(now.minusSeconds(maxPastAge.get()))) {
      throw new DateTimeException(
          text
              + " is too far in the past; the limit, limits.maxPastAge of the data core, is "
              + maxPastAge.get()
              + " seconds before the worker's time, which is "
              + now);
    }
    return EventTime.toTicks(time);
  }
}
