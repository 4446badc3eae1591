package io.flowcore.worker.store;

import io.flowcore.worker.background.PeriodicTask;
import java.time.Duration;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what has expired from a hot store, again and again. */
public final class ExpiryLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryLoop.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int BATCH = 5_000;

  private final StoreMaintenance store;
  private final IntConsumer expired;
  private final PeriodicTask passes;

  /**
   * Starts.
   *
   * @param expired told how many events' TTL has passed
   */
  public ExpiryLoop(StoreMaintenance store, IntConsumer expired) {
    this.store = store;
    this.expired = expired;
    passes = new PeriodicTask("expiry", INTERVAL, INTERVAL, this::pass);
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
    passes.close();
  }
}
