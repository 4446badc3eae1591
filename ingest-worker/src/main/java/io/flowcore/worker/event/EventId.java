package io.flowcore.worker.event;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The id of an event: a version-1 UUID (RFC 9562 §5.1) whose time is the event time.
 *
 * <p>Events are ordered by that time, then by the remaining bits, both unsigned. The text of the
 * UUID has a different order, because it begins with the low bits of the time.
 *
 * @param ticks the time, in units of 100 ns since {@link EventTime#EPOCH}; 0 to {@link
 *     EventTime#MAX_TICKS}
 * @param low the variant, clock sequence and node, as in {@link UUID#getLeastSignificantBits()}
 */
public record EventId(long ticks, long low) implements Comparable<EventId> {
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long VARIANT_MASK = 0xC000_0000_0000_0000L;

  /** Marks the node as random, not a network address (RFC 9562 §6.10). */
  private static final long MULTICAST = 1L << 40;

  /** The length of an id's text, in characters. */
  public static final int TEXT_LENGTH = 36;

  /** The value of each hexadecimal digit by its byte; -1 for other bytes. */
  private static final byte[] HEX = new byte[256];

  static {
    for (int i = 0; i < HEX.length; i++) {
      HEX[i] = (byte) (i < 128 ? Character.digit(i, 16) : -1);
    }
  }

  private static final long LOWEST = 0;
  private static final long HIGHEST = -1;

  /**
   * Returns the id of an event.
   *
   * @param ticks the event time
   * @param sequence a unique number from the store, greater than that of every earlier event; at
   *     most {@link EventTime#MAX_TICKS}. Orders events of the same instant by their commits
   */
  public static EventId of(long ticks, long sequence) {
    long aboveMulticast = (sequence >>> 40) << 41;
    long belowMulticast = sequence & (MULTICAST - 1);
    return new EventId(ticks, VARIANT | aboveMulticast | MULTICAST | belowMulticast);
  }

  /** Returns the lowest possible id of an instant. */
  public static EventId first(long ticks) {
    return new EventId(ticks, LOWEST);
  }

  /** Returns the highest possible id of an instant. */
  public static EventId last(long ticks) {
    return new EventId(ticks, HIGHEST);
  }

  /** Parses the text of a version-1 UUID; empty if it is not one. */
  public static Optional<EventId> parse(String text) {
    return text.length() == TEXT_LENGTH
        ? parse(text.getBytes(StandardCharsets.ISO_8859_1), 0)
        : Optional.empty();
  }

  /**
   * Parses the text of a version-1 UUID in a longer text; empty if it is not one. Reads {@value
   * #TEXT_LENGTH} bytes from an offset on. Runs for every line that is read from an archive, so it
   * creates no strings.
   */
  public static Optional<EventId> parse(byte[] ascii, int offset) {
    boolean hasHyphens =
        ascii[offset + 8] == '-'
            && ascii[offset + 13] == '-'
            && ascii[offset + 18] == '-'
            && ascii[offset + 23] == '-';
    long timeLow = hex(ascii, offset, 8);
    long timeMiddle = hex(ascii, offset + 9, 4);
    long timeHigh = hex(ascii, offset + 14, 4);
    long sequence = hex(ascii, offset + 19, 4);
    long node = hex(ascii, offset + 24, 12);
    boolean hasDigits = (timeLow | timeMiddle | timeHigh | sequence | node) >= 0;
    long low = (sequence << 48) | node;
    if (!hasHyphens || !hasDigits || timeHigh >>> 12 != 1 || (low & VARIANT_MASK) != VARIANT) {
      return Optional.empty();
    }
    return Optional.of(new EventId(((timeHigh & 0xFFF) << 48) | (timeMiddle << 32) | timeLow, low));
  }

  /** Parses up to 15 hexadecimal digits; returns -1 if another character is found. */
  private static long hex(byte[] ascii, int offset, int count) {
    long number = 0;
    for (int i = offset; i < offset + count; i++) {
      int digit = HEX[ascii[i] & 0xFF];
      if (digit < 0) {
        return -1;
      }
      number = (number << 4) | digit;
    }
    return number;
  }

  /** Returns the lowest id after this one. */
  public EventId next() {
    return low == HIGHEST ? first(ticks + 1) : new EventId(ticks, low + 1);
  }

  /** Returns the highest id before this one. */
  public EventId previous() {
    return low == LOWEST ? last(ticks - 1) : new EventId(ticks, low - 1);
  }

  /** Returns the hour of the event time. */
  public TimeBucket bucket() {
    return TimeBucket.ofTicks(ticks);
  }

  @Override
  public int compareTo(EventId other) {
    int byTime = Long.compareUnsigned(ticks, other.ticks);
    return byTime != 0 ? byTime : Long.compareUnsigned(low, other.low);
  }

  /** Returns the text of the UUID. */
  @Override
  public String toString() {
    long high = (ticks << 32) | ((ticks >>> 16) & 0xFFFF_0000L) | 0x1000L | (ticks >>> 48);
    return new UUID(high, low).toString();
  }
}
