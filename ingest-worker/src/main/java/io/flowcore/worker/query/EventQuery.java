package io.flowcore.worker.query;

import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Optional;

/**
 * A query for events of one hour.
 *
 * @param eventTypes merged in the order of ids; at least 1
 * @param cursor the last event of the previous page
 * @param pageSize the maximum number of events
 * @param from the first event, inclusive
 * @param after an event before the first one, exclusive
 * @param to the last event, inclusive
 */
public record EventQuery(
    List<ResolvedEventType> eventTypes,
    TimeBucket timeBucket,
    Optional<EventId> cursor,
    int pageSize,
    Optional<EventId> from,
    Optional<EventId> after,
    Optional<EventId> to,
    ReadOrder order) {

  /** The maximum page size. */
  public static final int MAX_PAGE_SIZE = 10_000;

  /** The page size of a query without one; the published clients rely on it. */
  public static final int DEFAULT_PAGE_SIZE = 10_000;

  /**
   * Returns the range to read.
   *
   * @param readWatermark the last event time to read, in ticks
   */
  EventRange range(long readWatermark) {
    return new EventRange(first(), last(readWatermark), order);
  }

  private EventId first() {
    EventId first = EventId.first(timeBucket.firstTick());
    if (from.isPresent()) {
      first = max(first, from.get());
    }
    if (after.isPresent()) {
      first = max(first, after.get().next());
    }
    return order.isAscending() && cursor.isPresent() ? max(first, cursor.get().next()) : first;
  }

  private EventId last(long readWatermark) {
    EventId last = EventId.last(Math.min(timeBucket.lastTick(), readWatermark));
    if (to.isPresent()) {
      last = min(last, to.get());
    }
    return !order.isAscending() && cursor.isPresent() ? min(last, cursor.get().previous()) : last;
  }

  /** Returns whether events after the read watermark, in ticks, are outside of the query. */
  boolean endsBy(long readWatermark) {
    return timeBucket.lastTick() <= readWatermark
        || (to.isPresent() && to.get().compareTo(EventId.last(readWatermark)) <= 0);
  }

  /** Returns a valid cursor before the first event of the query. */
  EventId beforeFirst() {
    return cursor
        .or(this::afterInHour)
        .orElseGet(() -> EventId.of(Math.max(1, first().ticks()) - 1, 0));
  }

  /** An event before the hour is no bound of the page. */
  private Optional<EventId> afterInHour() {
    return after.filter(id -> id.next().equals(first()));
  }

  private static EventId max(EventId a, EventId b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static EventId min(EventId a, EventId b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
