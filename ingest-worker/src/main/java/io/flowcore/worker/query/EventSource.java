package io.flowcore.worker.query;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.store.StoreException;

/** Events of one type from one place, in the order of a query. Used by one thread. */
interface EventSource {

  /**
   * Makes sure that there is a head. False at the end.
   *
   * @throws StoreException if the place can't be read
   */
  boolean fill() throws StoreException;

  /** Where an event stands in two places, the one with the lower rank gives it. */
  int rank();

  /** The id of the event that it is at. */
  EventId headId();

  /**
   * The event that it is at, as the query answers it, and what follows it side by side. Reads
   * nothing.
   *
   * @throws StoreException if the event is damaged
   */
  EventRun run(RunLimit limit) throws StoreException;

  /**
   * Leaves events behind.
   *
   * @param events no more than {@link #run} gave
   */
  void leave(int events) throws StoreException;
}
