package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
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
import java.util.function.IntSupplier;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Reads events and lists hours. */
final class EventScan {
  private final RocksFiles files;
  private final Clock clock;

  EventScan(RocksFiles files, Clock clock) {
    this.files = files;
    this.clock = clock;
  }

  /** Reads a page of events that are visible to readers. */
  EventPage visible(ReadRequest request) throws RocksDBException {
    try (EventIterator events =
            new EventIterator(files, files.events(), request.eventType(), request.range());
        VisibleEvents visible = visible(request.eventType(), request.range())) {
      return page(
              request,
              events.start(),
              (key, value) -> visible.contains(key, value) ? Optional.of(value) : Optional.empty(),
              visible::skipped)
          .withSkipped(visible.skipped());
    }
  }

  /** Reads a page of events that are pending archive. */
  EventPage pending(ReadRequest request) throws RocksDBException {
    try (EventIterator pending =
            new EventIterator(files, files.pendingArchive(), request.eventType(), request.range());
        EventLookup events = new EventLookup(files)) {
      return page(request, pending.start(), (key, nothing) -> events.find(key), () -> 0);
    }
  }

  private VisibleEvents visible(UUID eventType, EventRange range) {
    return new VisibleEvents(files, eventType, range, clock.instant().getEpochSecond());
  }

  /** Returns the value of the event of an entry; empty to skip the entry. */
  private interface Values {
    Optional<byte[]> find(byte[] key, byte[] value) throws RocksDBException;
  }

  private static EventPage page(
      ReadRequest request, RocksIterator iterator, Values values, IntSupplier skipped)
      throws RocksDBException {
    List<StoredEvent> events = new ArrayList<>();
    int bytes = 0;
    while (iterator.isValid()) {
      byte[] key = iterator.key();
      Optional<byte[]> value = values.find(key, iterator.value());
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
      step(iterator, request.range().order());
      if (value.isEmpty() && skipped.getAsInt() >= request.maxSkipped() && iterator.isValid()) {
        return EventPage.untilSkipped(events, EventKeyCodec.id(key));
      }
    }
    iterator.status();
    return EventPage.last(events);
  }

  private static void step(RocksIterator iterator, ReadOrder order) {
    if (order.isAscending()) {
      iterator.next();
    } else {
      iterator.prev();
    }
  }

  /**
   * Lists the hours that contain visible events. Seeks once per hour, so that the cost is
   * proportional to the result and no index of hours is needed. If it has skipped too many expired
   * events, it lists hours that have not been removed yet without looking for a visible event.
   */
  List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws RocksDBException {
    List<TimeBucket> buckets = new ArrayList<>();
    EventRange range =
        new EventRange(EventId.first(from.firstTick()), EventId.last(to.lastTick()), order);
    try (EventIterator events = new EventIterator(files, files.events(), eventType, range);
        VisibleEvents visible = visible(eventType, range)) {
      RocksIterator iterator = events.start();
      while (iterator.isValid() && buckets.size() < limit) {
        if (visible.skipped() < ReadRequest.DEFAULT_MAX_SKIPPED
            && !visible.contains(iterator.key(), iterator.value())) {
          step(iterator, order);
          continue;
        }
        TimeBucket bucket = EventKeyCodec.id(iterator.key()).bucket();
        buckets.add(bucket);
        if (order.isAscending()) {
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

  /** Lists the hours of all event types that contain events pending archive. */
  List<PendingHour> pendingHours(Optional<PendingHour> after, int limit) throws RocksDBException {
    List<PendingHour> hours = new ArrayList<>();
    try (RocksIterator iterator = files.db().newIterator(files.pendingArchive())) {
      iterator.seek(after.map(EventScan::firstKeyAfter).orElse(new byte[0]));
      while (iterator.isValid() && hours.size() < limit) {
        PendingHour hour = EventKeyCodec.hour(iterator.key());
        hours.add(hour);
        iterator.seek(firstKeyAfter(hour));
      }
      iterator.status();
    }
    return hours;
  }

  /** Returns the lowest key of the hour after an hour. */
  static byte[] firstKeyAfter(PendingHour hour) {
    return EventKeyCodec.key(hour.eventType(), EventId.first(hour.bucket().lastTick() + 1));
  }
}
