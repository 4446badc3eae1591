package io.flowcore.worker.archive.segment;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventId;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * An event as a line of a segment: the JSON object that a query answers, and nothing that breaks a
 * line.
 *
 * <p>A payload comes back byte for byte, and JSON may hold line ends between its tokens. In a line
 * they are blanks; a last member {@value #LINE_ENDS} says where they were, so that {@link #event()}
 * puts them back. Readers other than this project see one member more, and JSON that says the same.
 *
 * @param bytes without the line end
 */
public record EventLine(EventId id, byte[] bytes) {
  /**
   * Places of line ends in the object: {@code n} for a line feed, {@code r} for a carriage return.
   */
  static final String LINE_ENDS = "lineEnds";

  private static final byte[] ID_PREFIX = "{\"eventId\":\"".getBytes(US_ASCII);

  /** No line is shorter, with its end: it begins with an id. */
  public static final int MIN_LENGTH = ID_PREFIX.length + EventId.TEXT_LENGTH + "\"}\n".length();

  private static final byte[] MEMBER = (",\"" + LINE_ENDS + "\":\"").getBytes(US_ASCII);

  /** Makes a line of the object that a query answers, which begins with the event's id. */
  public static EventLine of(EventId id, byte[] event) {
    StringBuilder places = new StringBuilder();
    byte[] line = event;
    for (int i = 0; i < event.length; i++) {
      if (event[i] == '\n' || event[i] == '\r') {
        line = line == event ? event.clone() : line;
        line[i] = ' ';
        places.append(event[i] == '\n' ? 'n' : 'r').append(i);
      }
    }
    if (places.isEmpty()) {
      return new EventLine(id, event);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(line.length + places.length() + 20);
    out.write(line, 0, line.length - 1);
    out.writeBytes(MEMBER);
    out.writeBytes(places.toString().getBytes(US_ASCII));
    out.writeBytes("\"}".getBytes(US_ASCII));
    return new EventLine(id, out.toByteArray());
  }

  /**
   * Reads the id of a line within an array.
   *
   * @return empty if it begins with no event's id
   */
  static Optional<EventId> id(byte[] lines, int start, int end) {
    int at = start + ID_PREFIX.length;
    return at + EventId.TEXT_LENGTH < end && startsWith(lines, start, ID_PREFIX)
        ? EventId.parse(lines, at)
        : Optional.empty();
  }

  /** The object that a query answers, as it was. */
  public byte[] event() {
    int member = memberStart(bytes, 0, bytes.length);
    if (member < 0) {
      return bytes;
    }
    byte[] event = new byte[member + 1];
    System.arraycopy(bytes, 0, event, 0, member);
    event[member] = '}';
    int from = member + MEMBER.length;
    String places = new String(bytes, from, bytes.length - 2 - from, UTF_8);
    int at = 0;
    while (at < places.length()) {
      int end = at + 1;
      while (end < places.length() && Character.isDigit(places.charAt(end))) {
        end++;
      }
      int place = Integer.parseInt(places, at + 1, end, 10);
      event[place] = (byte) (places.charAt(at) == 'n' ? '\n' : '\r');
      at = end;
    }
    return event;
  }

  /** Whether a line within an array is the object that a query answers, to the letter. */
  static boolean asAnswered(byte[] lines, int start, int end) {
    return memberStart(lines, start, end) < 0;
  }

  /** Where the member with the line ends begins, or -1. It is the last, and holds no quote. */
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
