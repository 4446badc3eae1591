package io.flowcore.worker.cli;

import io.flowcore.process.StopSignal;
import io.flowcore.worker.Worker;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.http.DrainReport;
import io.flowcore.worker.store.StoreException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a worker and stops it when the process receives a signal. Prints errors as one line. */
final class WorkerProcessRunner {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcessRunner.class);

  /** For an attempt to reach a database that is in progress when the signal arrives. */
  private static final Duration START_TIMEOUT = Duration.ofSeconds(10);

  private WorkerProcessRunner() {}

  /**
   * Runs a worker until the process receives a signal to stop.
   *
   * @param settings of the worker
   * @param started called once the worker accepts requests
   * @return the exit code: 0 if all requests were finished and everything is closed, 1 otherwise
   */
  static int run(
      CatalogSource source,
      ServeOptions options,
      Worker.Settings settings,
      Consumer<Worker> started) {
    StopSignal stop = StopSignal.install(START_TIMEOUT, LOG::warn);
    try {
      Worker worker = Worker.start(source, options.data(), settings, Clock.systemUTC());
      started.accept(worker);
      stop.await();
      return stop(worker);
    } catch (InterruptedException e) {
      stop.await();
      LOG.info("Stopped before the worker had started");
      return 0;
    } catch (StoreException e) {
      // An interrupted access to a file fails as an unusable one does.
      return stop.isRequested() ? 0 : fail(e.getMessage());
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof BindException) {
        return fail(
            e.getCause().getMessage()
                + ": in use or not permitted; set other ports with --port and --management-port");
      }
      throw e;
    } finally {
      stop.endStart();
    }
  }

  private static int stop(Worker worker) {
    LOG.info("Stopping: finishing requests in progress");
    DrainReport report = worker.drain();
    boolean closed = close(worker);
    String summary =
        String.format(
            Locale.ROOT,
            "%d requests finished, %d requests cut off, %d idle connections closed, in %.1f s",
            report.finishedRequests(),
            report.unfinishedRequests(),
            report.idleConnections(),
            report.duration().toMillis() / 1e3);
    if (report.unfinishedRequests() > 0) {
      LOG.error("Stopped, but requests were still in progress at the time limit: {}", summary);
      return 1;
    }
    LOG.info("Stopped: {}", summary);
    return closed ? 0 : 1;
  }

  private static boolean close(Worker worker) {
    try {
      worker.close();
      return true;
    } catch (IllegalStateException e) {
      LOG.error("The worker was not closed completely; stored events are safe", e);
      return false;
    }
  }

  /** Prints an error and returns the exit code of a failed command. */
  static int fail(String message) {
    System.err.println("flowcore: " + message);
    return 1;
  }
}
