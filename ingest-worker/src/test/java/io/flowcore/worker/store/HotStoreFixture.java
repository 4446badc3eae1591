package io.flowcore.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/** Creates and reads the events of tests. */
public abstract class HotStoreFixture {
  protected static final UUID TYPE = UUID.randomUUID();

  protected static final UUID OTHER = UUID.randomUUID();

  protected static NewEvent event(UUID type, long ticks, String payload) {
    byte[] bytes = payload.getBytes(UTF_8);
    return new NewEvent(type, ticks, details("{}"), bytes, 0, bytes.length);
  }

  /** Returns an event whose TTL starts when it is committed. */
  protected static NewEvent withTtl(long ttlSeconds, boolean archive) {
    byte[] json = "{}".getBytes(UTF_8);
    EventDetails details = new EventDetails(0, 0, new ValidTime.SameAsEventTime(), archive, json);
    return new NewEvent(
        TYPE, NewEvent.WHEN_COMMITTED, OptionalLong.of(ttlSeconds), details, json, 0, json.length);
  }

  protected static EventDetails details(String metadata) {
    return new EventDetails(
        4_000_000_000L,
        1_700_000_000_123L,
        new ValidTime.SameAsEventTime(),
        true,
        metadata.getBytes(UTF_8));
  }

  protected static NewEvent now(String payload) {
    return event(TYPE, NewEvent.WHEN_COMMITTED, payload);
  }

  protected static List<StoredEvent> all(HotStore store, UUID type) throws StoreException {
    return read(
        store, type, EventId.first(0), EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING);
  }

  protected static List<StoredEvent> read(
      HotStore store, UUID type, EventId first, EventId last, ReadOrder order)
      throws StoreException {
    return store
        .read(
            new ReadRequest(type, new EventRange(first, last, order), 1_000_000, Integer.MAX_VALUE))
        .events();
  }

  protected static long ticks(String instant) {
    return EventTime.toTicks(Instant.parse(instant));
  }
}
