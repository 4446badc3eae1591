package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventRange;
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

/** Reads pages of visible events and lists the hours that contain any. */
public final class EventPages {
  private final EventTable table;
  private final CqlExecutor executor;
  private final PartitionIndex index;
  private final Clock clock;

  public EventPages(EventTable table, CqlExecutor executor, PartitionIndex index, Clock clock) {
    this.table = table;
    this.executor = executor;
    this.index = index;
    this.clock = clock;
  }

  /** See {@link io.flowcore.worker.store.EventLog#read}. */
  public EventPage page(ReadRequest request) throws StoreException {
    long now = clock.instant().getEpochSecond();
    List<StoredEvent> events = new ArrayList<>();
    int bytes = 0;
    for (TimeBucket bucket : hours(request)) {
      PartitionScan scan =
          new PartitionScan(
              table,
              executor,
              partitions(request, bucket, now),
              request.range(),
              (partition, event) -> partition.isVisible(event, now),
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

  /** A query stays within one hour. The index is read only for a range of several hours. */
  private List<TimeBucket> hours(ReadRequest request) throws StoreException {
    EventRange range = request.range();
    TimeBucket from = range.first().bucket();
    TimeBucket to = range.last().bucket();
    if (from.equals(to)) {
      return List.of(from);
    }
    List<TimeBucket> hours = List.copyOf(index.hours(request.eventType(), from, to).keySet());
    return range.isAscending() ? hours : hours.reversed();
  }

  private List<Partition> partitions(ReadRequest request, TimeBucket bucket, long now)
      throws StoreException {
    long from = Math.max(request.range().first().ticks(), bucket.firstTick());
    long to = Math.min(request.range().last().ticks(), bucket.lastTick());
    return index
        .partitions(request.eventType(), bucket, PartitionKey.minute(from), PartitionKey.minute(to))
        .stream()
        // A partition in which everything has expired is not read: the database would scan its
        // tombstones.
        .filter(partition -> partition.expiresAt() > now || partition.isPendingArchive())
        .toList();
  }

  /** See {@link io.flowcore.worker.store.EventLog#buckets}. */
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    long now = clock.instant().getEpochSecond();
    NavigableMap<TimeBucket, Long> hours = index.hours(eventType, from, to);
    List<TimeBucket> found = new ArrayList<>();
    for (Map.Entry<TimeBucket, Long> hour :
        (order.isAscending() ? hours : hours.descendingMap()).entrySet()) {
      if (found.size() == limit) {
        break;
      }
      if (hasVisibleEvent(eventType, hour.getKey(), hour.getValue(), now)) {
        found.add(hour.getKey());
      }
    }
    return found;
  }

  /** In most cases the index row is sufficient, and no event is read. */
  private boolean hasVisibleEvent(UUID eventType, TimeBucket hour, long expires, long now)
      throws StoreException {
    if (expires - PartitionIndex.EXPIRY_STEP_SECONDS > now) {
      return true;
    }
    EventRange range = EventRange.ofHour(hour, ReadOrder.ASCENDING);
    EventPage first = page(new ReadRequest(eventType, range, 1, 1));
    return !first.events().isEmpty() || first.damagedAt().isPresent();
  }
}
