package io.flowcore.worker.store;

/** Whether a store accepts events. */
public sealed interface StoreHealth {
  /** The store accepts events. */
  record Healthy() implements StoreHealth {}

  /**
   * This process cannot accept events for now; other workers may. It may recover without a restart.
   */
  record Impaired(String reason) implements StoreHealth {}

  /**
   * The disk is full: no worker that uses it accepts events until space is freed. Stored events can
   * be read. It recovers without a restart.
   */
  record DiskFull(String reason) implements StoreHealth {}

  /** This process cannot accept events until it is restarted. */
  record Broken(String reason) implements StoreHealth {}
}
