package io.flowcore.worker.query;

import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.store.StoreException;

/** The events of a query in the order of a read, each event once. Used by one thread. */
interface PageEvents extends AutoCloseable {
  /**
   * Skips the events of the last run.
   *
   * @return whether there is another event
   * @throws StoreException if a source cannot be read
   * @throws io.flowcore.worker.error.ApiException if the memory budget is exhausted
   */
  boolean advance() throws StoreException;

  /** Returns whether there are no events after the last one that this returns. */
  boolean isComplete();

  /**
   * Returns the next event and the events that follow it without a gap, in the form in which a
   * query returns them.
   *
   * @param events the maximum number of events
   * @param bytes the run ends at the event that reaches this size
   * @throws StoreException if the next event is damaged
   */
  EventRun run(int events, long bytes) throws StoreException;

  /** Releases the memory. */
  @Override
  void close();
}
