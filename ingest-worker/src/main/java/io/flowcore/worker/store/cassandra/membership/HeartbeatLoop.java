package io.flowcore.worker.store.cassandra.membership;

import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.store.StoreException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the heartbeats of this worker on a thread of its own, until the read watermark closes. */
final class HeartbeatLoop {
  private static final Logger LOG = LoggerFactory.getLogger(HeartbeatLoop.class);

  /** The time between two heartbeats of a worker that is alone. */
  static final long INTERVAL_MILLIS = 100;

  /** All rows are read with each heartbeat, so more members send heartbeats less often. */
  private static final long INTERVAL_MILLIS_PER_MEMBER = 10;

  private final LeaseKeeper keeper;
  private final Thread thread;

  HeartbeatLoop(LeaseKeeper keeper) {
    this.keeper = keeper;
    thread = Thread.ofPlatform().name("members").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Waits until the last heartbeat has ended. */
  void join() throws InterruptedException {
    thread.join();
  }

  private void run() {
    boolean failing = false;
    while (keeper.readWatermark().awaitNextRaise(intervalNanos())) {
      try {
        keeper.step();
        if (failing) {
          LOG.info("Heartbeats succeed again");
        }
        failing = false;
      } catch (StoreException | RuntimeException e) {
        if (!failing) {
          LOG.warn("Could not send a heartbeat; retrying: {}", FailureLog.describe(e));
        }
        failing = true;
      }
    }
  }

  private long intervalNanos() {
    return TimeUnit.MILLISECONDS.toNanos(
        INTERVAL_MILLIS + INTERVAL_MILLIS_PER_MEMBER * keeper.failureDetector().aliveCount());
  }
}
