package io.flowcore.worker.archive.segment;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventId;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * An event as a line of a segment: the JSON object that a query returns, without line breaks.
 *
 * <p>A payload must be returned byte for byte, and JSON may contain line breaks between its tokens.
 * They are stored as spaces, and an additional last member {@value #LINE_ENDS} records their
 * positions, so that {@link #event()} can restore them. Other readers see one more member and
 * equivalent JSON.
 *
 * @param bytes without the line break at the end
 */
public record EventLine(EventId id, byte[] bytes) {
  /**
   * Positions of line breaks in the object: {@code n} before the position of a line feed, {@code r}
   * before that of a carriage return.
   */
  static final String LINE_ENDS = "lineEnds";

  private static final byte[] ID_PREFIX = "{\"eventId\":\"".getBytes(US_ASCII);

  /** The minimum length of a line with its line break: every line begins with an id. */
  public static final int MIN_LENGTH = ID_PREFIX.length + EventId.TEXT_LENGTH + "\"}\n".length();

  private static final byte[] MEMBER = (",\"" + LINE_ENDS + "\":\"").getBytes(US_ASCII);

  /** Returns the line for an object as a query returns it, which begins with the event's id. */
  public static EventLine of(EventId id, byte[] event) {
    StringBuilder positions = new StringBuilder();
    byte[] line = event;
    for (int i = 0; i < event.length; i++) {
      if (event[i] == '\n' || event[i] == '\r') {
        line = line == event ? event.clone() : line;
        line[i] = ' ';
        positions.append(event[i] == '\n' ? 'n' : 'r').append(i);
      }
    }
    if (positions.isEmpty()) {
      return new EventLine(id, event);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(line.length + positions.length() + 20);
    out.write(line, 0, line.length - 1);
    out.writeBytes(MEMBER);
    out.writeBytes(positions.toString().getBytes(US_ASCII));
    out.writeBytes("\"}".getBytes(US_ASCII));
    return new EventLine(id, out.toByteArray());
  }

  /**
   * Reads the id of a line within an array.
   *
   * @return empty if the line does not begin with an event id
   */
  static Optional<EventId> id(byte[] lines, int start, int end) {
    int at = start + ID_PREFIX.length;
    return at + EventId.TEXT_LENGTH < end && startsWith(lines, start, ID_PREFIX)
        ? EventId.parse(lines, at)
        : Optional.empty();
  }

  /** Returns the object as a query returns it, with its original line breaks. */
  public byte[] event() {
    int member = memberStart(bytes, 0, bytes.length);
    if (member < 0) {
      return bytes;
    }
    byte[] event = new byte[member + 1];
    System.arraycopy(bytes, 0, event, 0, member);
    event[member] = '}';
    int from = member + MEMBER.length;
    String positions = new String(bytes, from, bytes.length - 2 - from, UTF_8);
    int at = 0;
    while (at < positions.length()) {
      int end = at + 1;
      while (end < positions.length() && Character.isDigit(positions.charAt(end))) {
        end++;
      }
      int position = Integer.parseInt(positions, at + 1, end, 10);
      event[position] = (byte) (positions.charAt(at) == 'n' ? '\n' : '\r');
      at = end;
    }
    return event;
  }

  /** Returns whether a line within an array is byte for byte the object that a query returns. */
  static boolean isVerbatim(byte[] lines, int start, int end) {
    return memberStart(lines, start, end) < 0;
  }

  /**
   * Returns the start of the member with the line breaks, or -1. It is the last member, and its
   * value contains no quote.
   */
  private static int memberStart(byte[] bytes, int start, int end) {
    int last = end - 2;
    if (last - start < MEMBER.length || bytes[last] != '"') {
      return -1;
    }
    int quote = last - 1;
    while (quote >= start && bytes[quote] != '"') {
      quote--;
    }
    int member = quote - MEMBER.length + 1;
    return member >= start && startsWith(bytes, member, MEMBER) ? member : -1;
  }

  private static boolean startsWith(byte[] bytes, int at, byte[] prefix) {
    if (bytes.length - at < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (bytes[at + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
