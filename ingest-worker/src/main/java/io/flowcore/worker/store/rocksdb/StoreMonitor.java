package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.time.Duration;
import org.rocksdb.RocksDBException;

/** Watches the disk and the background errors of a store. */
final class StoreMonitor implements AutoCloseable {
  /** Much shorter than a compaction that could fill the disk. */
  private static final Duration INTERVAL = Duration.ofMillis(500);

  private final RocksFiles files;
  private final RocksEnvironment environment;
  private final PeriodicTask updates;

  /** Starts to watch. Closed before the files are. */
  StoreMonitor(RocksFiles files) {
    this.files = files;
    environment = files.environment();
    updates = new PeriodicTask("disk-monitor", INTERVAL, INTERVAL, environment::update);
  }

  /** Returns whether the store accepts events, apart from failures of its writer. */
  StoreHealth health() {
    StoreHealth background = environment.errors().health();
    if (!(background instanceof StoreHealth.Healthy)) {
      return background;
    }
    return environment
        .disk()
        .obstacle(DiskUse.STORE, 0)
        .<StoreHealth>map(StoreHealth.DiskFull::new)
        .orElse(background);
  }

  /** Returns the exception for a failed access, with a message for clients. */
  StoreException failure(RocksDBException e) {
    return new StoreException(
        Kind.UNAVAILABLE,
        DiskFullException.isCause(e)
            ? BackgroundErrors.DISK_FULL
            : "the hot store cannot be accessed; see the worker's log for the cause",
        e);
  }

  void registerMetrics(MetricRegistry metrics, GroupCommitter committer) {
    metrics.gauge(
        "flowcore.store.queued.bytes",
        "Bytes of requests that are waiting to be written",
        committer::queuedBytes);
    metrics.gauge("flowcore.store.bytes", "Bytes that the hot store uses", files::bytes);
    metrics.counter(
        "flowcore.store.background.errors",
        "Errors of RocksDB's own threads, such as a failed flush",
        files::backgroundErrors);
  }

  @Override
  public void close() {
    updates.close();
  }
}
