package io.flowcore.worker.background;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes of some work, one after the other on a thread of its own, until it is closed. */
public final class PeriodicTask implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicTask.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final String name;
  private final ScheduledExecutorService thread;

  /**
   * Starts.
   *
   * @param name of the thread
   * @param first from now to the first pass
   * @param interval from the end of one pass to the begin of the next
   * @param pass what it throws is logged, and the next pass comes all the same
   */
  public PeriodicTask(String name, Duration first, Duration interval, Runnable pass) {
    this.name = name;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(name).daemon().factory());
    var _ =
        thread.scheduleWithFixedDelay(
            () -> run(pass), first.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** An executor would take anything thrown, an error too, for the wish to end without a word. */
  private void run(Runnable pass) {
    try {
      pass.run();
    } catch (Throwable e) {
      LOG.error("A pass of {} failed; the next one comes in time", name, e);
    }
  }

  /** Interrupts a pass under way and waits for its end, so that what it uses may be closed. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("A pass of {} did not end within {} s", name, PATIENCE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
