package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;

/**
 * Events of one hour that wait to be archived, while one worker has claimed them. Those that come
 * meanwhile need not be among them. Used by one thread.
 */
public interface PendingEvents extends AutoCloseable {
  /**
   * The next ones in the order of their ids, expired or not. Behind a damaged one the next call
   * goes on.
   *
   * @param maxEvents at most so many, 1 at least
   * @param maxBytes ends the page once it holds so many bytes
   * @throws StoreException if the store can't read
   */
  EventPage next(int maxEvents, int maxBytes) throws StoreException;

  /**
   * Whether the claim still holds, for some time to come. If it does not, another worker may be at
   * the same events; it does no harm to go on, but to do the same twice.
   *
   * @throws StoreException if the store can't say
   */
  boolean held() throws StoreException;

  /**
   * Takes note that all events that were given are archived for good. From now on they may go when
   * their TTL has passed, or at once if it has.
   *
   * @throws StoreException if the store can't write, or the claim is lost; they will be given again
   */
  void archived() throws StoreException;

  /** Counts a damaged event among those that were given: it may go as well. */
  void letGo(EventId damaged);

  /** Gives the claim up. */
  @Override
  void close();
}
