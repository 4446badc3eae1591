package io.flowcore.worker;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.CassandraHotStore;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import io.flowcore.worker.store.rocksdb.RocksLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** Opens the hot store that the settings select, and registers its metrics. */
final class HotStoreFactory {
  private HotStoreFactory() {}

  /**
   * Opens a hot store.
   *
   * @param directory of an embedded store
   * @param cassandra the cluster; if empty, the store is embedded
   * @param disk the space of the disk that contains the directory
   * @throws StoreException with a message for users if the store cannot be opened
   */
  static HotStore open(
      Path directory,
      Optional<CassandraSettings> cassandra,
      Clock clock,
      WorkerMetrics metrics,
      DiskSpace disk)
      throws StoreException {
    return cassandra.isPresent()
        ? connect(cassandra.get(), clock, metrics)
        : openEmbedded(directory, clock, metrics, disk);
  }

  /** Returns the space of the disk of a data directory. Only an embedded store needs a minimum. */
  static DiskSpace diskSpace(Path dataDirectory, Worker.Settings settings) throws IOException {
    return DiskSpace.of(
        dataDirectory,
        settings.diskReserve(),
        settings.cassandra().isPresent() ? total -> 0 : RocksLimits::minReserve);
  }

  private static HotStore openEmbedded(
      Path directory, Clock clock, WorkerMetrics metrics, DiskSpace disk) throws StoreException {
    RocksHotStore store = RocksHotStore.open(directory, clock, metrics::committed, disk);
    store.registerMetrics(metrics);
    return store;
  }

  private static HotStore connect(CassandraSettings settings, Clock clock, WorkerMetrics metrics)
      throws StoreException {
    CassandraHotStore store =
        CassandraHotStore.open(settings, hostName(), clock, metrics::committed);
    store.registerMetrics(metrics);
    return store;
  }

  /** In Kubernetes, {@code HOSTNAME} is the name of the pod. */
  private static String hostName() {
    return Optional.ofNullable(System.getenv("HOSTNAME")).orElse("worker");
  }
}
