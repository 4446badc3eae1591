package io.flowcore.worker.event;

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
    if (text.length() != 36) {
      return Optional.empty();
    }
    try {
      UUID uuid = UUID.fromString(text);
      boolean valid =
          uuid.version() == 1 && (uuid.getLeastSignificantBits() & VARIANT_MASK) == VARIANT;
      return valid
          ? Optional.of(new EventId(uuid.timestamp(), uuid.getLeastSignificantBits()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
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
