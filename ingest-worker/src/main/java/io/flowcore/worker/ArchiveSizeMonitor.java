package io.flowcore.worker;

import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.catalog.LiveCatalog;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the bytes of all archives, once an hour: a bucket has to be listed for that, a thousand
 * objects a request.
 */
final class ArchiveSizeMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveSizeMonitor.class);
  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration INTERVAL = Duration.ofHours(1);

  private final LiveCatalog catalog;
  private final ArchiveRegistry archives;
  private final PeriodicTask passes;
  private volatile double bytes = Double.NaN;

  /** Starts. */
  ArchiveSizeMonitor(LiveCatalog catalog, ArchiveRegistry archives) {
    this.catalog = catalog;
    this.archives = archives;
    passes = new PeriodicTask("archive-usage", FIRST, INTERVAL, this::count);
  }

  private void count() {
    try {
      long sum = 0;
      for (DataCoreEntry core : catalog.current().catalog().dataCores()) {
        sum += archives.usage(core);
      }
      bytes = sum;
    } catch (ArchiveException | RuntimeException e) {
      LOG.warn("The archives' bytes are not known; they are counted again in an hour", e);
      bytes = Double.NaN;
    }
  }

  /** As of the last count; NaN if it is not known. */
  double bytes() {
    return bytes;
  }

  @Override
  public void close() {
    passes.close();
  }
}
