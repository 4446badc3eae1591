package io.flowcore.worker.http;

import io.flowcore.worker.http.InFlightRequests.Phase;
import io.flowcore.worker.http.transport.BoundedHttp1;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Ends the service of a listener without losing requests; see {@link DrainSettings}. */
final class Drain {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final InFlightRequests requests;
  private final BoundedHttp1 connections;

  Drain(InFlightRequests requests, BoundedHttp1 connections) {
    this.requests = requests;
    this.connections = connections;
  }

  /** Waits until no client is served any more, at most for the timeout of the settings. */
  DrainReport run(DrainSettings settings) {
    long started = System.nanoTime();
    requests.enter(Phase.DRAINING);
    var _ =
        await(
            () -> connections.isQuiet(settings.quiet(), settings.idle()),
            started + settings.maxAccepting().toNanos(),
            started + settings.quiet().toNanos());
    requests.enter(Phase.REJECTING);
    boolean finished =
        await(() -> requests.count() == 0, started + settings.timeout().toNanos(), started);
    return new DrainReport(
        requests.finishedInShutdown(),
        // A request that has begun since then is rejected, not cut off.
        finished ? 0 : requests.count(),
        connections.idleConnections(),
        Duration.ofNanos(System.nanoTime() - started));
  }

  /**
   * Waits for a condition, at most until the deadline and at least until an earlier instant.
   * Returns whether the condition was met.
   */
  private static boolean await(BooleanSupplier condition, long deadline, long earliest) {
    while (System.nanoTime() - deadline < 0) {
      if (System.nanoTime() - earliest >= 0 && condition.getAsBoolean()) {
        return true;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return condition.getAsBoolean();
  }
}
