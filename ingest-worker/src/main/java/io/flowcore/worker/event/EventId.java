package io.flowcore.worker.event;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * A version-1 UUID (RFC 9562 §5.1) whose time is the event time.
 *
 * <p>Events are ordered by that time, then by the remaining bits, both unsigned. (The order of the
 * UUID's text is another one: it begins with the low bits of the time.)
 *
 * @param ticks the time, in units of 100 ns since {@link EventTime#EPOCH}; 0 to {@link
 *     EventTime#MAX_TICKS}
 * @param low the variant, clock sequence and node, as in {@link UUID#getLeastSignificantBits()}
 */
public record EventId(long ticks, long low) implements Comparable<EventId> {
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long VARIANT_MASK = 0xC000_0000_0000_0000L;

  /** Marks the node as random rather than a network address, as RFC 9562 §6.10 asks. */
  private static final long MULTICAST = 1L << 40;

  /** Characters of an id as text. */
  public static final int TEXT_LENGTH = 36;

  /** Values of hexadecimal digits by their bytes; -1 for what is none. */
  private static final byte[] HEX = new byte[256];

  static {
    for (int i = 0; i < HEX.length; i++) {
      HEX[i] = (byte) (i < 128 ? Character.digit(i, 16) : -1);
    }
  }

  private static final long LOWEST = 0;
  private static final long HIGHEST = -1;

  /**
   * The id of an event.
   *
   * @param ticks the event time
   * @param sequence a number that the store gives to one event only, and a greater one to each
   *     later event; at most {@link EventTime#MAX_TICKS}. Keeps apart events of the same instant,
   *     in the order of their commits.
   */
  public static EventId of(long ticks, long sequence) {
    long aboveMulticast = (sequence >>> 40) << 41;
    long belowMulticast = sequence & (MULTICAST - 1);
    return new EventId(ticks, VARIANT | aboveMulticast | MULTICAST | belowMulticast);
  }

  /** A bound that no event of this instant lies before. */
  public static EventId first(long ticks) {
    return new EventId(ticks, LOWEST);
  }

  /** A bound that no event of this instant lies behind. */
  public static EventId last(long ticks) {
    return new EventId(ticks, HIGHEST);
  }

  /** Reads the text of a version-1 UUID; empty if it is none. */
  public static Optional<EventId> parse(String text) {
    return text.length() == TEXT_LENGTH
        ? parse(text.getBytes(StandardCharsets.ISO_8859_1), 0)
        : Optional.empty();
  }

  /**
   * Reads the text of a version-1 UUID out of a longer one, {@value #TEXT_LENGTH} bytes from a
   * place on. Every line of an archive that is read comes through here, so no text is made of it.
   */
  public static Optional<EventId> parse(byte[] ascii, int at) {
    boolean shape =
        ascii[at + 8] == '-'
            && ascii[at + 13] == '-'
            && ascii[at + 18] == '-'
            && ascii[at + 23] == '-';
    long timeLow = hex(ascii, at, 8);
    long timeMiddle = hex(ascii, at + 9, 4);
    long timeHigh = hex(ascii, at + 14, 4);
    long sequence = hex(ascii, at + 19, 4);
    long node = hex(ascii, at + 24, 12);
    boolean digits = (timeLow | timeMiddle | timeHigh | sequence | node) >= 0;
    long low = (sequence << 48) | node;
    if (!shape || !digits || timeHigh >>> 12 != 1 || (low & VARIANT_MASK) != VARIANT) {
      return Optional.empty();
    }
    return Optional.of(new EventId(((timeHigh & 0xFFF) << 48) | (timeMiddle << 32) | timeLow, low));
  }

  /** A number of at most 15 hexadecimal digits; -1 if it is none. */
  private static long hex(byte[] ascii, int at, int count) {
    long number = 0;
    for (int i = at; i < at + count; i++) {
      int digit = HEX[ascii[i] & 0xFF];
      if (digit < 0) {
        return -1;
      }
      number = (number << 4) | digit;
    }
    return number;
  }

  /** The least id behind this one. */
  public EventId next() {
    return low == HIGHEST ? first(ticks + 1) : new EventId(ticks, low + 1);
  }

  /** The greatest id before this one. */
  public EventId previous() {
    return low == LOWEST ? last(ticks - 1) : new EventId(ticks, low - 1);
  }

  /** The hour that this event belongs to. */
  public TimeBucket bucket() {
    return TimeBucket.ofTicks(ticks);
  }

  @Override
  public int compareTo(EventId other) {
    int byTime = Long.compareUnsigned(ticks, other.ticks);
    return byTime != 0 ? byTime : Long.compareUnsigned(low, other.low);
  }

  /** The UUID's text. */
  @Override
  public String toString() {
    long high = (ticks << 32) | ((ticks >>> 16) & 0xFFFF_0000L) | 0x1000L | (ticks >>> 48);
    return new UUID(high, low).toString();
  }
}
