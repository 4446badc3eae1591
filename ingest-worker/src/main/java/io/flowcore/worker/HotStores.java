package io.flowcore.worker;

import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.CassandraHotStore;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;

/** Opens the hot store that a worker is to have, with the gauges that belong to it. */
final class HotStores {
  private HotStores() {}

  /**
   * Opens it.
   *
   * @param folder of an embedded store
   * @param cassandra the cluster of another; empty for an embedded one
   * @throws StoreException with a message for the operator of the worker
   */
  static HotStore open(
      Path folder, Optional<CassandraSettings> cassandra, Clock clock, WorkerMetrics metrics)
      throws StoreException {
    return cassandra.isPresent()
        ? onCassandra(cassandra.get(), clock, metrics)
        : embedded(folder, clock, metrics);
  }

  private static HotStore embedded(Path folder, Clock clock, WorkerMetrics metrics)
      throws StoreException {
    RocksHotStore store =
        RocksHotStore.open(folder, clock, metrics::committed, RocksHotStore.Settings.DEFAULT);
    queued(metrics, store::queuedBytes);
    metrics.gauge("flowcore.store.bytes", "Bytes that the hot store takes", store::bytes);
    return store;
  }

  private static HotStore onCassandra(
      CassandraSettings settings, Clock clock, WorkerMetrics metrics) throws StoreException {
    CassandraHotStore store =
        CassandraHotStore.open(settings, hostName(), clock, metrics::committed);
    queued(metrics, store::bytesUnderWay);
    metrics.gauge(
        "flowcore.store.members", "Workers that share the hot store, this one too", store::members);
    metrics.gauge(
        "flowcore.store.horizon.lag.seconds",
        "How far readers are behind the present",
        store::readLagSeconds);
    metrics.gauge(
        "flowcore.store.clock.skew.seconds",
        "How far this machine's clock is ahead of those of the hot store's nodes",
        store::clockSkewSeconds);
    metrics.count(
        "flowcore.store.repeated.statements",
        "Statements that were sent again after a failure",
        store::repeated);
    metrics.count(
        "flowcore.store.lost.leases",
        "How often this worker stood still, or was cut off, for so long that it had to join the others anew",
        store::lostLeases);
    return store;
  }

  private static void queued(WorkerMetrics metrics, Supplier<Number> bytes) {
    metrics.gauge("flowcore.store.queued.bytes", "Bytes that wait to be written", bytes);
  }

  /** Kubernetes gives a pod its name there. */
  private static String hostName() {
    return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("worker");
  }
}
