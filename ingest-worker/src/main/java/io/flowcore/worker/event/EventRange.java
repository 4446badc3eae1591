package io.flowcore.worker.event;

/**
 * A range of event ids and the order in which it is read.
 *
 * @param first the lowest id, inclusive
 * @param last the highest id, inclusive; the range is empty if it is lower than {@code first}
 */
public record EventRange(EventId first, EventId last, ReadOrder order) {

  /** Returns the range of all ids of an hour. */
  public static EventRange ofHour(TimeBucket hour, ReadOrder order) {
    return new EventRange(EventId.first(hour.firstTick()), EventId.last(hour.lastTick()), order);
  }

  /** Returns whether the oldest event is read first. */
  public boolean isAscending() {
    return order.isAscending();
  }

  /** Returns whether no id is in the range. */
  public boolean isEmpty() {
    return first.compareTo(last) > 0;
  }

  /** Returns whether an id is in the range. */
  public boolean contains(EventId id) {
    return first.compareTo(id) <= 0 && id.compareTo(last) <= 0;
  }

  /** Returns whether this range and the ids from one to another, both inclusive, overlap. */
  public boolean overlaps(EventId from, EventId to) {
    return from.compareTo(last) <= 0 && to.compareTo(first) >= 0;
  }

  /** Returns the part of the range that is read after an id. The id is in the range. */
  public EventRange after(EventId id) {
    return isAscending()
        ? new EventRange(id.next(), last, order)
        : new EventRange(first, id.previous(), order);
  }
}
