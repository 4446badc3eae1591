package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Reads events and lists hours. */
final class EventScan {
  private final RocksFiles files;
  private final Expiry expiry;
  private final Clock clock;

  EventScan(RocksFiles files, Expiry expiry, Clock clock) {
    this.files = files;
    this.expiry = expiry;
    this.clock = clock;
  }

  /** One page of what readers may see. */
  EventPage visible(ReadRequest request) throws RocksDBException {
    long now = clock.instant().getEpochSecond();
    try (EventIterator cursor = open(files.events(), request)) {
      return page(
          request,
          cursor.start(request.order() == ReadOrder.ASCENDING),
          (key, value) -> expiry.visible(key, value, now) ? Optional.of(value) : Optional.empty());
    }
  }

  /** One page of what waits to be archived. */
  EventPage pending(ReadRequest request) throws RocksDBException {
    try (EventIterator cursor = open(files.pending(), request);
        EventLookup events = new EventLookup(files)) {
      return page(
          request,
          cursor.start(request.order() == ReadOrder.ASCENDING),
          (key, nothing) -> events.find(key));
    }
  }

  private EventIterator open(ColumnFamilyHandle family, ReadRequest request) {
    return new EventIterator(files, family, request.eventType(), request.first(), request.last());
  }

  /** Finds the value of an entry, or nothing if the entry is to be passed over. */
  private interface Values {
    Optional<byte[]> of(byte[] key, byte[] value) throws RocksDBException;
  }

  private static EventPage page(ReadRequest request, RocksIterator iterator, Values values)
      throws RocksDBException {
    List<StoredEvent> events = new ArrayList<>();
    int bytes = 0;
    while (iterator.isValid()) {
      byte[] key = iterator.key();
      Optional<byte[]> value = values.of(key, iterator.value());
      if (value.isPresent()) {
        if (events.size() == request.maxEvents() || bytes >= request.maxBytes()) {
          return EventPage.more(events);
        }
        Optional<StoredEvent> event =
            EventValueCodec.decode(request.eventType(), EventKeyCodec.id(key), value.get());
        if (event.isEmpty()) {
          return EventPage.untilDamage(events, EventKeyCodec.id(key));
        }
        events.add(event.get());
        bytes += event.get().size();
      }
      step(iterator, request.order());
    }
    iterator.status();
    return EventPage.last(events);
  }

  private static void step(RocksIterator iterator, ReadOrder order) {
    if (order == ReadOrder.ASCENDING) {
      iterator.next();
    } else {
      iterator.prev();
    }
  }

  /**
   * Jumps from hour to hour with one seek each, so the cost is that of the answer and nothing is
   * kept twice.
   */
  List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws RocksDBException {
    long now = clock.instant().getEpochSecond();
    List<TimeBucket> buckets = new ArrayList<>();
    EventId first = EventId.first(from.firstTick());
    EventId last = EventId.last(to.lastTick());
    try (EventIterator cursor = new EventIterator(files, files.events(), eventType, first, last)) {
      RocksIterator iterator = cursor.start(order == ReadOrder.ASCENDING);
      while (iterator.isValid() && buckets.size() < limit) {
        if (!expiry.visible(iterator.key(), iterator.value(), now)) {
          step(iterator, order);
          continue;
        }
        TimeBucket bucket = EventKeyCodec.id(iterator.key()).bucket();
        buckets.add(bucket);
        if (order == ReadOrder.ASCENDING) {
          iterator.seek(EventKeyCodec.key(eventType, EventId.first(bucket.lastTick() + 1)));
        } else if (bucket.equals(TimeBucket.MIN)) {
          break;
        } else {
          iterator.seekForPrev(EventKeyCodec.key(eventType, EventId.last(bucket.firstTick() - 1)));
        }
      }
      iterator.status();
    }
    return buckets;
  }

  /** As above, over all event types, of what waits to be archived. */
  List<PendingHour> pendingHours(Optional<PendingHour> after, int limit) throws RocksDBException {
    List<PendingHour> hours = new ArrayList<>();
    try (RocksIterator iterator = files.db().newIterator(files.pending())) {
      iterator.seek(after.map(EventScan::behind).orElse(new byte[0]));
      while (iterator.isValid() && hours.size() < limit) {
        byte[] key = iterator.key();
        PendingHour hour = EventKeyCodec.hour(key);
        hours.add(hour);
        iterator.seek(behind(hour));
      }
      iterator.status();
    }
    return hours;
  }

  /** Where the hour's successor begins. */
  static byte[] behind(PendingHour hour) {
    return EventKeyCodec.key(hour.eventType(), EventId.first(hour.bucket().lastTick() + 1));
  }
}
