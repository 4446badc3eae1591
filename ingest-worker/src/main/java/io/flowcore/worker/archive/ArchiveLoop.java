package io.flowcore.worker.archive;

import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Archives what is due, again and again. What fails waits in the hot store for the next time. */
public final class ArchiveLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveLoop.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Archiver archiver;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("archiver").daemon().factory());

  /**
   * Starts.
   *
   * @param interval from the end of one pass to the begin of the next
   */
  public ArchiveLoop(Archiver archiver, Duration interval) {
    this.archiver = archiver;
    var _ =
        thread.scheduleWithFixedDelay(
            this::pass, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
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
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("A pass did not end within {} s", PATIENCE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
