package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Archives what is due, again and again. What fails waits in the hot store for the next time. */
public final class ArchiveLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveLoop.class);

  private final Archiver archiver;
  private final PeriodicTask passes;

  /**
   * Starts.
   *
   * @param interval from the end of one pass to the begin of the next
   */
  public ArchiveLoop(Archiver archiver, Duration interval) {
    this.archiver = archiver;
    passes = new PeriodicTask("archiver", interval, interval, this::pass);
  }

  private void pass() {
    try {
      long events = archiver.run();
      LOG.debug("Archived {} events", events);
    } catch (ArchiveException | StoreException | IOException | RuntimeException e) {
      LOG.warn("Nothing more is archived for now; events wait in the hot store", e);
    }
  }

  /** Breaks off a pass under way: what it has not done it does after the next start. */
  @Override
  public void close() {
    passes.close();
  }
}
