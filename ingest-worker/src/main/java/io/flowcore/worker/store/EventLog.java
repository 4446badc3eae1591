package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Appends events durably and reads them in the order of their ids. Safe for use by many threads.
 */
public interface EventLog {

  /**
   * Appends all of the given events, or none of them, and returns when they are durable.
   *
   * @return their ids, in the order of the events
   * @throws StoreException if the store is overloaded or cannot write. Nothing is acknowledged
   *     then. A replicated store may have stored some of the events nevertheless
   */
  default List<EventId> append(List<NewEvent> events) throws StoreException {
    return append(events, Optional.empty());
  }

  /**
   * Appends events as {@link #append(List)} does, and stores the request's idempotency record with
   * them: {@link IdempotencyStore#idempotencyRecord} finds the record only if the events are
   * stored. An embedded store writes both at once; a replicated one confirms the record after the
   * events.
   */
  List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey)
      throws StoreException;

  /**
   * Returns the read watermark: the event time, in ticks, up to which a reader may read.
   *
   * <p>Every event that is acknowledged later with its natural time gets a later event time. A
   * reader that stops at the watermark and continues after the last event it has read misses none.
   * An event dated in the future becomes readable at its event time.
   *
   * @param wanted how far the reader wants to read, in ticks. If it is not in the future, the call
   *     waits a moment for the watermark to reach it, so that events acknowledged earlier are read
   */
  long readWatermark(long wanted);

  /**
   * Reads events of one event type in the order of their ids. An event whose TTL has passed is not
   * returned from that second on, unless it is still pending archive.
   *
   * @throws StoreException if the store cannot read
   */
  EventPage read(ReadRequest request) throws StoreException;

  /**
   * Lists the hours that contain events of a type, in ascending or descending order, at most {@code
   * limit} of them.
   *
   * @param from the first hour, inclusive
   * @param to the last hour, inclusive; not before {@code from}
   * @throws StoreException if the store cannot read
   */
  List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException;
}
