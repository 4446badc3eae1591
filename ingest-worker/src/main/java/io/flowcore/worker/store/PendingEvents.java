package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;

/**
 * The events of one hour that are pending archive, claimed by one worker. Events that arrive after
 * the claim need not be included. Used by one thread.
 */
public interface PendingEvents extends AutoCloseable {
  /**
   * Returns the next events in the order of their ids, expired or not. After a page that ends at a
   * damaged event, the next call continues after that event.
   *
   * @param maxEvents the maximum number of events, at least 1
   * @param maxBytes the page ends when it has reached this size
   * @throws StoreException if the store cannot read
   */
  EventPage next(int maxEvents, int maxBytes) throws StoreException;

  /**
   * Returns whether this worker still holds the claim, with some time left. If it does not, another
   * worker may be archiving the same events. Continuing is harmless, but does the work twice.
   *
   * @throws StoreException if the store cannot read the claim
   */
  boolean isHeld() throws StoreException;

  /**
   * Marks all events delivered so far as archived. They may be removed when their TTL has passed.
   *
   * @throws StoreException if the store cannot write, or the claim is lost. The events are
   *     delivered again then
   */
  void markArchived() throws StoreException;

  /** Counts a damaged event as delivered, so that it may be removed as well. */
  void skip(EventId damaged);

  /** Releases the claim. */
  @Override
  void close();
}
