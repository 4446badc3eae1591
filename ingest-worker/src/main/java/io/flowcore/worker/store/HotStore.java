package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Where events live until their TTL has passed. Safe for use by many threads. */
public interface HotStore extends AutoCloseable {

  /**
   * Stores all of some events or none of them, and returns when they are durable.
   *
   * @return their ids, in the order of the events
   * @throws StoreException if the store is too busy or can't write; then nothing is acknowledged
   */
  default List<EventId> append(List<NewEvent> events) throws StoreException {
    return append(events, Optional.empty());
  }

  /**
   * As above, and remembers the request in the same write, so that {@link #receipt} finds it
   * exactly if its events are stored.
   */
  List<EventId> append(List<NewEvent> events, Optional<RequestKey> requestKey)
      throws StoreException;

  /**
   * What a request was answered that was remembered by this key, if it has not expired.
   *
   * @param key as in {@link RequestKey#key}
   * @throws StoreException if the store can't read
   */
  Optional<Receipt> receipt(byte[] key) throws StoreException;

  /**
   * The event time up to which a reader may go, in ticks.
   *
   * <p>Every event that is committed from now on with its natural time gets a later one. A reader
   * that stops here and goes on later from the last event it saw misses none. An event dated in the
   * future is read when its time has come.
   */
  long horizon();

  /**
   * Reads events of one type in the order of their ids.
   *
   * @throws StoreException if the store can't read
   */
  EventPage read(ReadRequest request) throws StoreException;

  /**
   * Lists the hours that hold events of a type, in ascending or descending order, at most {@code
   * limit} of them.
   *
   * @param from the first hour that counts
   * @param to the last hour that counts; not before {@code from}
   * @throws StoreException if the store can't read
   */
  List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException;

  /** Whether the store takes events, and if not, why. */
  StoreHealth health();

  /** Waits for writes under way and releases the store. */
  @Override
  void close();
}
