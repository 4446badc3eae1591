package io.flowcore.worker.store;

import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.background.PeriodicTask;
import java.time.Duration;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes expired events from a hot store, at intervals. */
public final class ExpiryLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryLoop.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int BATCH = 5_000;

  private final StoreMaintenance store;
  private final IntConsumer expired;
  private final FailureLog failures =
      new FailureLog(LOG, "Could not remove expired events; they are hidden from readers");
  private final PeriodicTask passes;

  /**
   * Starts the loop.
   *
   * @param expired receives the number of events whose TTL has passed
   */
  public ExpiryLoop(StoreMaintenance store, IntConsumer expired) {
    this.store = store;
    this.expired = expired;
    passes = new PeriodicTask("expiry", INTERVAL, INTERVAL, this::pass);
  }

  private void pass() {
    try {
      int count = BATCH;
      // A backlog may take minutes. An interrupt does not end a pass of the embedded store.
      while (count == BATCH && !Thread.currentThread().isInterrupted()) {
        count = store.expire(BATCH);
        expired.accept(count);
      }
      failures.succeeded();
    } catch (StoreException | RuntimeException e) {
      failures.failed(e);
    }
  }

  /** Ends a pass in progress after its current batch. The rest is done after the next start. */
  @Override
  public void close() {
    passes.close();
  }
}
