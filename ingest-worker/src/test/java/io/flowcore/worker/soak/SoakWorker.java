package io.flowcore.worker.soak;

import io.flowcore.testing.FreePorts;
import io.flowcore.worker.WorkerClient;
import io.flowcore.worker.cli.WorkerMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;

/**
 * A worker with the memory of the default pod. It is restarted as the kubelet restarts a pod: when
 * it has ended, or when six liveness probes in a row have failed.
 */
final class SoakWorker extends WorkerClient implements AutoCloseable {
  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(10);
  private static final int MAX_FAILED_PROBES = 6;
  private static final int GRACE_SECONDS = 60;

  private final SoakMachine machine;
  private final Path resources;
  private final Path log;
  private final int port = FreePorts.next();
  private final int managementPort = FreePorts.next();
  private volatile Process process;
  private volatile boolean closed;
  private volatile int restarts;

  SoakWorker(SoakMachine machine, Path resources, Path log) throws IOException {
    this.machine = machine;
    this.resources = resources;
    this.log = log;
    process = launch();
    Thread.ofVirtual().start(this::supervise);
  }

  private Process launch() throws IOException {
    List<String> program =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // 40 % of 1 GiB, as the operator sets it. A cgroup that is not the root of its
                // hierarchy is not seen by every JVM, so the size is given.
                "-Xmx410m",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WorkerMain.class.getName(),
                "up",
                "--resources",
                resources.toString(),
                "--data",
                machine.data().toString(),
                "--port",
                String.valueOf(port),
                "--management-port",
                String.valueOf(managementPort)));
    return new ProcessBuilder(machine.command(program))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  private void supervise() {
    int failed = 0;
    while (!closed) {
      failed = process.isAlive() && isLive() ? 0 : failed + 1;
      if (!closed && (!process.isAlive() || failed >= MAX_FAILED_PROBES)) {
        restart();
        failed = 0;
      }
      LockSupport.parkNanos(PROBE_INTERVAL.toNanos());
    }
  }

  private boolean isLive() {
    return status("/observe/health/live") == 200;
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
      restarts++;
      process = launch();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns how often the process was restarted. */
  int restarts() {
    return restarts;
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

  private void stop() {
    process.destroy();
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
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
