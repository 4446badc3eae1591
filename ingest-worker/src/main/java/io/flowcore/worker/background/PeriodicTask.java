package io.flowcore.worker.background;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a task at intervals on its own thread until it is closed. Runs never overlap. */
public final class PeriodicTask implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicTask.class);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  private final String name;
  private final ScheduledExecutorService thread;

  /**
   * Starts the task.
   *
   * @param name of the thread
   * @param initialDelay from now to the first run
   * @param interval from the end of one run to the start of the next
   * @param task what it throws is logged; the next run starts as usual
   */
  public PeriodicTask(String name, Duration initialDelay, Duration interval, Runnable task) {
    this.name = name;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(name).daemon().factory());
    var _ =
        thread.scheduleWithFixedDelay(
            () -> run(task), initialDelay.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Catches everything: an executor silently cancels a task that throws, even an Error. */
  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      LOG.error("Task {} failed; next attempt after its usual interval", name, e);
    }
  }

  /** Interrupts a run in progress and waits for its end, so that what it uses can be closed. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("Task {} did not stop within {} s", name, STOP_TIMEOUT.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
