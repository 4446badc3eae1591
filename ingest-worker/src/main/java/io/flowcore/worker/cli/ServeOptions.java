package io.flowcore.worker.cli;

import io.flowcore.catalog.Sizes;
import io.flowcore.worker.Worker;
import io.flowcore.worker.http.WorkerServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that every way of running a worker has. */
final class ServeOptions {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_CONNECTIONS = 10_000;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ".flowcore",
      description =
          "Folder for the hot store, uploads in progress and, by default, the archive; made if need be (default: ${DEFAULT-VALUE}).")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port for clients; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--management-port",
      paramLabel = "N",
      defaultValue = "8081",
      description =
          "Port for health, metrics and the catalog; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int managementPort;

  @Option(
      names = "--disk-reserve",
      paramLabel = "SIZE",
      description =
          "Bytes of the disk that stay free, such as 500Mi or 2Gi: with less, events are answered 503 (default: a tenth of the disk, at most 2Gi).")
  private String diskReserve;

  @Option(
      names = "--archive-every",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "How often to look for events to archive, 1 to 3600 (default: ${DEFAULT-VALUE}).")
  private int archiveEvery;

  @Mixin private StoreOptions store;

  Path data() {
    return data;
  }

  /**
   * A quarter of the heap is set aside for request bodies, an eighth for queries; the rest is for
   * what is made of them.
   */
  private WorkerServer.Settings server(String host) {
    checkPort("--port", port);
    checkPort("--management-port", managementPort);
    long heap = Runtime.getRuntime().maxMemory();
    return new WorkerServer.Settings(
        host, port, managementPort, REQUEST_TIMEOUT, heap / 4, heap / 8, MAX_CONNECTIONS);
  }

  /** Everything but the places to read from and write to. */
  Worker.Settings worker(String host) {
    if (archiveEvery < 1 || archiveEvery > 3_600) {
      throw invalid("--archive-every is " + archiveEvery + "; it must be from 1 to 3600");
    }
    return new Worker.Settings(
        server(host), reserve(), Duration.ofSeconds(archiveEvery), store.cassandra());
  }

  private OptionalLong reserve() {
    if (diskReserve == null) {
      return OptionalLong.empty();
    }
    OptionalLong bytes = Sizes.parseBytes(diskReserve);
    if (bytes.isEmpty()) {
      throw invalid("--disk-reserve is " + diskReserve + "; write a size such as 500Mi or 2Gi");
    }
    return bytes;
  }

  private ParameterException invalid(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private void checkPort(String option, int number) {
    if (number < 0 || number > 65_535) {
      throw invalid(option + " is " + number + "; it must be from 0 to 65535");
    }
  }

  int port() {
    return port;
  }

  int managementPort() {
    return managementPort;
  }
}
