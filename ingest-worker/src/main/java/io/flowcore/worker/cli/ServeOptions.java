package io.flowcore.worker.cli;

import io.flowcore.catalog.Sizes;
import io.flowcore.worker.Worker;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.limit.RequestMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of all commands that run a worker. */
final class ServeOptions {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

  /**
   * Heap per connection: up to 32 KiB of headers, the first buffer of a body, the buffers of socket
   * and response, and the stack of the thread.
   */
  private static final int CONNECTION_BYTES = 128 << 10;

  /** Enough for a data core with few senders. */
  private static final int MIN_DEFAULT_CONNECTIONS = 256;

  private static final int MAX_DEFAULT_CONNECTIONS = 10_000;
  private static final int MIN_CONNECTIONS = 2;
  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final int MAX_PORT = 65_535;
  private static final int MAX_ARCHIVE_INTERVAL_SECONDS = 3_600;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ".flowcore",
      description =
          "Directory for the hot store, uploads in progress and, by default, the archive; created if it does not exist (default: ${DEFAULT-VALUE}).")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port for clients; 0 selects a free port (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--management-port",
      paramLabel = "N",
      defaultValue = "8081",
      description =
          "Port for health, metrics and the catalog; 0 selects a free port (default: ${DEFAULT-VALUE}).")
  private int managementPort;

  @Option(
      names = "--disk-reserve",
      paramLabel = "SIZE",
      description =
          "Disk space that stays free, such as 500Mi or 2Gi; if less is free, events are rejected with 503 (default: a tenth of the disk, at most 2Gi, and on small disks up to 512Mi for what is in memory). Archiving stops at half of it, and the hot store at a quarter.")
  private String diskReserve;

  @Option(
      names = "--archive-every",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "How often to look for events to archive, 1-3600 seconds (default: ${DEFAULT-VALUE}).")
  private int archiveIntervalSeconds;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "Maximum number of open connections of clients, half of them from one address, 2-1000000; a further one replaces the longest idle, or is closed if all have requests in progress (default: one per 128Ki of heap, 256-10000).")
  private Integer maxConnections;

  @Mixin private StoreOptions store;

  Path data() {
    return data;
  }

  /**
   * Returns the settings of a worker that listens on a host.
   *
   * @throws ParameterException if the value of an option is not allowed
   */
  Worker.Settings worker(String host, DrainSettings drain) {
    checkRange("--archive-every", archiveIntervalSeconds, 1, MAX_ARCHIVE_INTERVAL_SECONDS);
    return new Worker.Settings(
        server(host),
        RequestMemory.Limits.ofHeap(heap()),
        reserve(),
        Duration.ofSeconds(archiveIntervalSeconds),
        store.cassandra(),
        drain);
  }

  private WorkerServer.Settings server(String host) {
    checkRange("--port", port, 0, MAX_PORT);
    checkRange("--management-port", managementPort, 0, MAX_PORT);
    int connections = maxConnections == null ? defaultConnections(heap()) : maxConnections;
    checkRange("--max-connections", connections, MIN_CONNECTIONS, MAX_CONNECTIONS);
    return new WorkerServer.Settings(host, port, managementPort, REQUEST_TIMEOUT, connections);
  }

  /** Returns the maximum number of connections for a heap, in bytes. */
  static int defaultConnections(long heap) {
    return Math.clamp(heap / CONNECTION_BYTES, MIN_DEFAULT_CONNECTIONS, MAX_DEFAULT_CONNECTIONS);
  }

  private static long heap() {
    return Runtime.getRuntime().maxMemory();
  }

  private OptionalLong reserve() {
    if (diskReserve == null) {
      return OptionalLong.empty();
    }
    OptionalLong bytes = Sizes.parseBytes(diskReserve);
    if (bytes.isEmpty()) {
      throw invalid("--disk-reserve is " + diskReserve + "; set a size such as 500Mi or 2Gi");
    }
    return bytes;
  }

  private void checkRange(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw invalid(option + " is " + value + "; it must be from " + min + " to " + max);
    }
  }

  private ParameterException invalid(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
