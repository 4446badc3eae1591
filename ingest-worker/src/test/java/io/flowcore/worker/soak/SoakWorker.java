package io.flowcore.worker.soak;

import io.flowcore.testing.FreePorts;
import io.flowcore.worker.WorkerClient;
import io.flowcore.worker.WorkerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;

/**
 * A worker with the memory of the default pod. It is restarted as the kubelet restarts a pod: when
 * it has ended, or when six liveness probes in a row have failed.
 */
final class SoakWorker extends WorkerClient implements AutoCloseable {
  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(10);
  private static final int MAX_FAILED_PROBES = 6;

  private final SoakMachine machine;
  private final Path resources;
  private final Path logs;
  private final int port = FreePorts.next();
  private final int managementPort = FreePorts.next();
  private volatile WorkerProcess process;
  private volatile boolean closed;
  private final AtomicInteger restarts = new AtomicInteger();

  /**
   * Starts a worker.
   *
   * @param logs a directory for the output, one file for each start
   */
  SoakWorker(SoakMachine machine, Path resources, Path logs) throws IOException {
    this.machine = machine;
    this.resources = resources;
    this.logs = logs;
    process = launch();
    Thread.ofVirtual().start(this::supervise);
  }

  private WorkerProcess launch() throws IOException {
    return WorkerProcess.launch(
        machine.jvm(),
        resources,
        machine.data(),
        logs.resolve("worker-" + restarts.get() + ".log"),
        port,
        managementPort);
  }

  private void supervise() {
    int failed = 0;
    while (!closed) {
      failed = process.isAlive() && status("/observe/health/live") == 200 ? 0 : failed + 1;
      if (!closed && (!process.isAlive() || failed >= MAX_FAILED_PROBES)) {
        restart();
        failed = 0;
      }
      LockSupport.parkNanos(PROBE_INTERVAL.toNanos());
    }
  }

  private int status(String path) {
    try {
      return management(path).status();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  private void restart() {
    try {
      stop();
      restarts.incrementAndGet();
      process = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks the process to end, and waits. */
  private void stop() {
    process.terminate();
    process.exitCode();
  }

  /** Returns how often the process was restarted. */
  int restarts() {
    return restarts.get();
  }

  long pid() {
    return process.pid();
  }

  void awaitReady() {
    Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> status("/observe/health/ready") == 200);
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public int managementPort() {
    return managementPort;
  }

  @Override
  public void close() {
    closed = true;
    stop();
  }
}
