package io.flowcore.worker.cli;

import io.flowcore.worker.Worker;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.store.StoreException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Starts a worker and stops it when the process receives a signal. Prints errors as one line. */
final class WorkerProcessRunner {
  private WorkerProcessRunner() {}

  /**
   * Runs a worker until the process is stopped.
   *
   * @param started called once the worker accepts requests
   * @return the exit code
   */
  static int run(
      CatalogSource source, ServeOptions options, String host, Consumer<Worker> started) {
    Worker worker;
    try {
      worker = Worker.start(source, options.data(), options.worker(host), Clock.systemUTC());
    } catch (StoreException e) {
      return fail(e.getMessage());
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof BindException) {
        return fail(
            e.getCause().getMessage()
                + ": in use or not permitted; set other ports with --port and --management-port");
      }
      throw e;
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  worker.close();
                  stopped.countDown();
                }));
    started.accept(worker);
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  /** Prints an error and returns the exit code of a failed command. */
  static int fail(String message) {
    System.err.println("flowcore: " + message);
    return 1;
  }
}
