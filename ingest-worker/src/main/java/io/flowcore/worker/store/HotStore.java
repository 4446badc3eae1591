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
   * @throws StoreException if the store is too busy or can't write; then nothing is acknowledged. A
   *     store on other machines may have stored some of them nevertheless
   */
  default List<EventId> append(List<NewEvent> events) throws StoreException {
    return append(events, Optional.empty());
  }

  /**
   * As above, and remembers the request in the same write, so that {@link #receipt} finds it
   * exactly if its events are stored.
   */
  List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey)
      throws StoreException;

  /**
   * What a request was answered that was remembered by this key, if it has not expired.
   *
   * @param key as in {@link IdempotencyKey#key}
   * @throws StoreException if the store can't read
   */
  Optional<IdempotencyRecord> receipt(byte[] key) throws StoreException;

  /**
   * The event time up to which a reader may go, in ticks.
   *
   * <p>Every event that is acknowledged from now on with its natural time gets a later one. A
   * reader that stops here and goes on later from the last event it saw misses none. An event dated
   * in the future is read when its time has come.
   *
   * @param wanted how far the reader would like to go, in ticks. Waits a moment for it if it is not
   *     in the future, so that what was acknowledged before is read
   */
  long horizon(long wanted);

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
   * Visits the hours that hold events which wait to be archived, of all types. An hour may be
   * visited twice.
   *
   * @throws StoreException if the store can't read
   */
  void pendingHours(HourVisitor visitor) throws StoreException;

  /** Takes hours one after the other. */
  interface HourVisitor {
    /** The next one. */
    void visit(PendingHour hour);
  }

  /**
   * Takes what waits in an hour, for this worker alone.
   *
   * @return empty if another worker has it
   * @throws StoreException if the store can't say
   */
  Optional<PendingEvents> claim(PendingHour hour) throws StoreException;

  /**
   * Removes events whose TTL has passed, unless they wait to be archived. The cost is that of what
   * is removed, not of what is stored.
   *
   * @param limit of events to look at
   * @return how many were looked at; fewer than the limit if nothing is left to remove now
   */
  int expire(int limit) throws StoreException;

  /**
   * A number that was kept for an hour beside the events; 0 if there is none.
   *
   * @param scope 16 bytes, spread evenly, such as of a digest
   */
  long mark(byte[] scope, TimeBucket hour) throws StoreException;

  /**
   * Keeps a number for an hour, unless a greater one is kept. It is durable, and known to every
   * worker, no later than the next {@link PendingEvents#archived}.
   */
  void setMark(byte[] scope, TimeBucket hour, long number) throws StoreException;

  /** The hours of a scope that have a mark, from one to another, both of which count; sorted. */
  List<TimeBucket> marked(byte[] scope, TimeBucket from, TimeBucket to) throws StoreException;

  /** Whether the store takes events, and if not, why. */
  StoreHealth health();

  /** Waits for writes under way and releases the store. */
  @Override
  void close();
}
