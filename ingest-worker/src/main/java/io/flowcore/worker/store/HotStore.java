package io.flowcore.worker.store;

/**
 * Holds events until their TTL has passed. Each caller depends on the role that it uses. Safe for
 * use by many threads.
 */
public interface HotStore
    extends EventLog,
        IdempotencyStore,
        PendingArchive,
        ManifestGenerations,
        StoreMaintenance,
        AutoCloseable {

  /** Waits for writes in progress, then releases the store. */
  @Override
  void close();
}
