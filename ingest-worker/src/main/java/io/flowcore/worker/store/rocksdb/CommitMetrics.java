package io.flowcore.worker.store.rocksdb;

/** Receives group commits, for metrics. */
@FunctionalInterface
public interface CommitMetrics {
  /**
   * A group of events became durable.
   *
   * @param nanos how long the commit took
   */
  void committed(int events, long nanos);
}
