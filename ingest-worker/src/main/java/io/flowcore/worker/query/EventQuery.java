package io.flowcore.worker.query;

import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.ReadOrder;
import java.util.List;
import java.util.Optional;

/**
 * A question for the events of one hour.
 *
 * @param eventTypes merged in the order of ids; 1 at least
 * @param cursor the last event of the page before
 * @param pageSize at most so many events
 * @param from the first event that counts
 * @param after counts what lies behind this event
 * @param to the last event that counts
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

  /** Greatest page. */
  public static final int MAX_PAGE_SIZE = 10_000;

  /** Page where the client names no size; the published clients count on it. */
  public static final int DEFAULT_PAGE_SIZE = 10_000;

  /** The lowest id that counts. */
  EventId first() {
    EventId first = EventId.first(timeBucket.firstTick());
    first = from.map(id -> max(id, EventId.first(timeBucket.firstTick()))).orElse(first);
    if (after.isPresent()) {
      first = max(first, after.get().next());
    }
    return order == ReadOrder.ASCENDING && cursor.isPresent()
        ? max(first, cursor.get().next())
        : first;
  }

  /** The highest id that counts, no later than a horizon in ticks. */
  EventId last(long readWatermark) {
    EventId last = EventId.last(Math.min(timeBucket.lastTick(), readWatermark));
    if (to.isPresent()) {
      last = min(last, to.get());
    }
    return order == ReadOrder.DESCENDING && cursor.isPresent()
        ? min(last, cursor.get().previous())
        : last;
  }

  private static EventId max(EventId a, EventId b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static EventId min(EventId a, EventId b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
