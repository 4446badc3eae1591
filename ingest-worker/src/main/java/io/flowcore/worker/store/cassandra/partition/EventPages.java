package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.UUID;

/** What readers see. */
public final class EventPages {
  private final EventTable table;
  private final CqlExecutor requests;
  private final PartitionIndex index;
  private final Clock clock;

  public EventPages(EventTable table, CqlExecutor requests, PartitionIndex index, Clock clock) {
    this.table = table;
    this.requests = requests;
    this.index = index;
    this.clock = clock;
  }

  /** See {@link io.flowcore.worker.store.HotStore#read}. */
  public EventPage page(ReadRequest request) throws StoreException {
    long now = clock.instant().getEpochSecond();
    boolean ascending = request.order() == ReadOrder.ASCENDING;
    List<StoredEvent> events = new ArrayList<>();
    int bytes = 0;
    for (TimeBucket bucket : hours(request, ascending)) {
      PartitionScan scan =
          new PartitionScan(
              table,
              requests,
              parts(request, bucket, now),
              request.first(),
              request.last(),
              ascending,
              (part, event) -> part.visible(event, now),
              request.maxEvents() + 1);
      EventPage page = scan.page(request.maxEvents() - events.size(), request.maxBytes() - bytes);
      for (StoredEvent event : page.events()) {
        events.add(event);
        bytes += event.size();
      }
      if (page.damagedAt().isPresent()) {
        return EventPage.untilDamage(events, page.damagedAt().get());
      }
      if (!page.complete()) {
        return EventPage.more(events);
      }
    }
    return EventPage.last(events);
  }

  /** A query stays within an hour; whoever wants more has the hours looked up. */
  private List<TimeBucket> hours(ReadRequest request, boolean ascending) throws StoreException {
    TimeBucket from = request.first().bucket();
    TimeBucket to = request.last().bucket();
    if (from.equals(to)) {
      return List.of(from);
    }
    List<TimeBucket> hours = List.copyOf(index.hours(request.eventType(), from, to).keySet());
    return ascending ? hours : hours.reversed();
  }

  private List<Partition> parts(ReadRequest request, TimeBucket bucket, long now)
      throws StoreException {
    long from = Math.max(request.first().ticks(), bucket.firstTick());
    long to = Math.min(request.last().ticks(), bucket.lastTick());
    return index
        .parts(request.eventType(), bucket, PartitionKey.minute(from), PartitionKey.minute(to))
        .stream()
        // Not looked into once all has expired: the database would search through its remains.
        .filter(part -> part.expires() > now || part.waits())
        .toList();
  }

  /** See {@link io.flowcore.worker.store.HotStore#buckets}. */
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    long now = clock.instant().getEpochSecond();
    NavigableMap<TimeBucket, Long> hours = index.hours(eventType, from, to);
    List<TimeBucket> found = new ArrayList<>();
    for (Map.Entry<TimeBucket, Long> hour :
        (order == ReadOrder.ASCENDING ? hours : hours.descendingMap()).entrySet()) {
      if (found.size() == limit) {
        break;
      }
      if (holds(eventType, hour.getKey(), hour.getValue(), now)) {
        found.add(hour.getKey());
      }
    }
    return found;
  }

  /** Whether an hour holds a visible event. Mostly its row says so, and no event is looked at. */
  private boolean holds(UUID eventType, TimeBucket hour, long expires, long now)
      throws StoreException {
    if (expires - PartitionIndex.STEP_SECONDS > now) {
      return true;
    }
    EventPage first =
        page(
            new ReadRequest(
                eventType,
                EventId.first(hour.firstTick()),
                EventId.last(hour.lastTick()),
                ReadOrder.ASCENDING,
                1,
                1));
    return !first.events().isEmpty() || first.damagedAt().isPresent();
  }
}
