package io.flowcore.worker;

import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.metrics.MetricRegistry;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the size of all archives once an hour. Not more often, because this lists every object
 * of a bucket, at 1,000 objects per request.
 */
final class ArchiveSizeMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveSizeMonitor.class);
  private static final Duration FIRST_DELAY = Duration.ofSeconds(5);
  private static final Duration INTERVAL = Duration.ofHours(1);

  private final LiveCatalog catalog;
  private final ArchiveRegistry archives;
  private final FailureLog failures =
      new FailureLog(LOG, "Could not measure the size of the archives; next attempt in one hour");
  private final PeriodicTask task;
  private volatile double bytes = Double.NaN;

  /** Starts to measure in the background. */
  ArchiveSizeMonitor(LiveCatalog catalog, ArchiveRegistry archives) {
    this.catalog = catalog;
    this.archives = archives;
    task = new PeriodicTask("archive-size", FIRST_DELAY, INTERVAL, this::measure);
  }

  /** Registers the size of the archives. */
  void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.archive.bytes",
        "Bytes in the archives of all data cores, measured once an hour; NaN if unknown",
        () -> bytes);
  }

  private void measure() {
    try {
      long sum = 0;
      for (DataCoreEntry core : catalog.current().catalog().dataCores()) {
        sum += archives.size(core);
      }
      bytes = sum;
      failures.succeeded();
    } catch (ArchiveException | RuntimeException e) {
      failures.failed(e);
      bytes = Double.NaN;
    }
  }

  @Override
  public void close() {
    task.close();
  }
}
