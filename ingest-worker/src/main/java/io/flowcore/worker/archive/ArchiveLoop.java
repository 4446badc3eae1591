package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives hours that are over, and maintains the archive, each at intervals and on its own thread.
 * What fails stays as it is and is retried.
 */
public final class ArchiveLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveLoop.class);

  private final PeriodicTask passes;
  private final PeriodicTask maintenance;

  /**
   * Starts the loop.
   *
   * @param interval from the end of one run to the start of the next
   */
  public ArchiveLoop(Archiver archiver, Duration interval) {
    passes =
        new PeriodicTask(
            "archiver", interval, interval, () -> run("Archiving", () -> archive(archiver)));
    maintenance =
        new PeriodicTask(
            "archive-maintenance",
            interval,
            interval,
            () -> run("The maintenance of the archive", archiver::maintain));
  }

  private static void archive(Archiver archiver)
      throws ArchiveException, StoreException, IOException {
    long events = archiver.archive();
    LOG.debug("Archived {} events", events);
  }

  private interface Work {
    void run() throws ArchiveException, StoreException, IOException;
  }

  /** The archiver itself logs its failures, one line for each kind. */
  private static void run(String name, Work work) {
    try {
      work.run();
    } catch (ArchiveException | StoreException | IOException e) {
      LOG.debug("{} failed in part; next attempt after the usual interval", name, e);
    }
  }

  /** Interrupts what is in progress. The rest is done after the next start. */
  @Override
  public void close() {
    passes.close();
    maintenance.close();
  }
}
