package io.flowcore.worker.store;

/** Whether a store takes events. */
public sealed interface StoreHealth {
  /** It does. */
  record Healthy() implements StoreHealth {}

  /** It does not for now, in this process; others may. It may heal by itself. */
  record Impaired(String reason) implements StoreHealth {}

  /** It does not, until the process starts anew. */
  record Broken(String reason) implements StoreHealth {}
}
