package io.flowcore.worker.store;

/** Work that keeps a store small, and reports of its state. */
public interface StoreMaintenance {

  /**
   * Removes events whose TTL has passed, unless they are pending archive. The cost is proportional
   * to what is removed, not to what is stored.
   *
   * @param limit the maximum number of events to examine
   * @return the number of events examined; fewer than the limit if there is nothing left to remove
   */
  int expire(int limit) throws StoreException;

  /** Returns whether the store accepts events, and the reason if it does not. */
  StoreHealth health();
}
