package io.flowcore.worker.store;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what has expired from a hot store, again and again. */
public final class ExpiryLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryLoop.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int BATCH = 5_000;

  private final HotStore store;
  private final IntConsumer expired;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("expiry").daemon().factory());

  /**
   * Starts.
   *
   * @param expired told how many events' TTL has passed
   */
  public ExpiryLoop(HotStore store, IntConsumer expired) {
    this.store = store;
    this.expired = expired;
    var _ =
        thread.scheduleWithFixedDelay(
            this::pass, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void pass() {
    try {
      int count = BATCH;
      while (count == BATCH) {
        count = store.expire(BATCH);
        expired.accept(count);
      }
    } catch (StoreException | RuntimeException e) {
      LOG.warn("Expired events stay a while longer, though nobody can read them", e);
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
