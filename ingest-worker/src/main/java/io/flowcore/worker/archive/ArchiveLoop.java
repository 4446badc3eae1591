package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Archives hours that are over, at intervals. What fails stays in the hot store and is retried. */
public final class ArchiveLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveLoop.class);

  private final Archiver archiver;
  private final FailureLog failures =
      new FailureLog(
          LOG, "Could not archive some events; they stay in the hot store and are tried again");
  private final PeriodicTask passes;

  /**
   * Starts the loop.
   *
   * @param interval from the end of one pass to the start of the next
   */
  public ArchiveLoop(Archiver archiver, Duration interval) {
    this.archiver = archiver;
    passes = new PeriodicTask("archiver", interval, interval, this::pass);
  }

  private void pass() {
    try {
      long events = archiver.run();
      LOG.debug("Archived {} events", events);
      failures.succeeded();
    } catch (ArchiveException | StoreException | IOException | RuntimeException e) {
      failures.failed(e);
    }
  }

  /** Interrupts a pass in progress. The rest is done after the next start. */
  @Override
  public void close() {
    passes.close();
  }
}
