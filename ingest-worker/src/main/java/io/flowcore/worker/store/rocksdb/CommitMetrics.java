package io.flowcore.worker.store.rocksdb;

/** Hears of group commits. */
@FunctionalInterface
public interface CommitMetrics {
  /** Some events became durable together, after so many nanoseconds. */
  void committed(int events, long nanos);
}
