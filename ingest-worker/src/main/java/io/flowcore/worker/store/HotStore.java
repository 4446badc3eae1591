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
   * Reads events of one type in the order of their ids. An event whose TTL has passed is not among
   * them from that second on, unless it still waits to be archived.
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

  /**
   * Hours that hold events which wait to be archived, by event type and time.
   *
   * @param after the hour behind which to begin; empty to begin with the first
   */
  List<PendingHour> pendingHours(Optional<PendingHour> after, int limit) throws StoreException;

  /**
   * Reads events of one type that wait to be archived, in the order of their ids, expired or not.
   *
   * @throws StoreException if the store can't read
   */
  EventPage pending(ReadRequest request) throws StoreException;

  /**
   * Takes note that events are archived for good. From now on they may go when their TTL has
   * passed, or at once if it has.
   *
   * @param ids of events of one type, each at most once; unknown ones are passed over
   */
  void archived(UUID eventType, List<EventId> ids) throws StoreException;

  /**
   * Removes events whose TTL has passed, unless they wait to be archived. The cost is that of what
   * is removed, not of what is stored.
   *
   * @param limit of events to look at
   * @return how many were looked at; fewer than the limit if nothing is left to remove now
   */
  int expire(int limit) throws StoreException;

  /**
   * A number that was kept beside the events; 0 if there is none.
   *
   * @param key 16 bytes, spread evenly, such as of a digest
   */
  long mark(byte[] key) throws StoreException;

  /** Keeps a number. It is durable no later than the next {@link #archived}. */
  void setMark(byte[] key, long number) throws StoreException;

  /** Whether the store takes events, and if not, why. */
  StoreHealth health();

  /** Waits for writes under way and releases the store. */
  @Override
  void close();
}
