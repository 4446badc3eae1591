package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.FreePorts;
import io.flowcore.worker.cli.WorkerMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A worker in its own process, so that a test can kill it. */
public final class WorkerProcess extends WorkerClient implements AutoCloseable {
  private final Process process;
  private final Path output;
  private final int port;
  private final int managementPort;

  private WorkerProcess(Process process, Path output, int port, int managementPort) {
    this.process = process;
    this.output = output;
    this.port = port;
    this.managementPort = managementPort;
  }

  /**
   * How the JVM of a worker is started.
   *
   * @param prefix a command that runs the JVM, such as {@code nsenter}; empty to run it directly
   * @param options of the JVM
   * @param environment more variables
   */
  public record Jvm(List<String> prefix, List<String> options, Map<String, String> environment) {
    static final Jvm DEFAULT = new Jvm(List.of(), List.of("-Xmx256m"), Map.of());

    /** Returns how to run a command of the worker. */
    ProcessBuilder command(List<String> arguments) {
      List<String> command = new ArrayList<>(prefix);
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(options);
      command.addAll(
          List.of(
              "--enable-native-access=ALL-UNNAMED",
              "-Dlogback.configurationFile=logback.xml",
              "-cp",
              System.getProperty("java.class.path"),
              WorkerMain.class.getName()));
      command.addAll(arguments);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      return builder;
    }
  }

  /** Starts {@code up} with the quickstart in a JVM of its own kind. Does not wait. */
  public static WorkerProcess launch(Jvm jvm, Path data, Path output, String... more)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "up",
                "--resources",
                TestWorker.QUICKSTART.toAbsolutePath().normalize().toString()));
    command.addAll(List.of(more));
    return run(jvm, command, data, output, FreePorts.next(), FreePorts.next());
  }

  /** Starts {@code up} with some manifests in a JVM of its own kind. Does not wait. */
  public static WorkerProcess launch(
      Jvm jvm, Path resources, Path data, Path output, int port, int managementPort)
      throws IOException {
    List<String> command = List.of("up", "--resources", resources.toString());
    return run(jvm, command, data, output, port, managementPort);
  }

  /** Starts {@code up} with the quickstart on two free ports. Does not wait until it is ready. */
  public static WorkerProcess launch(Path data, Path output, String... more) throws IOException {
    return launch(data, output, FreePorts.next(), FreePorts.next(), more);
  }

  public static WorkerProcess launch(
      Path data, Path output, int port, int managementPort, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("up", "--resources", TestWorker.QUICKSTART.toString()));
    command.addAll(List.of(more));
    return run(command, data, output, port, managementPort);
  }

  /** Starts {@code serve} on a mounted catalog and waits until it is ready. */
  static WorkerProcess serve(Path mount, Path data, Path output) throws IOException {
    List<String> command =
        List.of(
            "serve",
            "--catalog",
            mount.toString(),
            "--keys",
            mount.toString(),
            "--host",
            "127.0.0.1");
    return run(command, data, output, FreePorts.next(), FreePorts.next()).awaitReady();
  }

  /** Starts {@code up} elsewhere and waits until it is ready. */
  static WorkerProcess startIn(Jvm jvm, Path resources, Path data, Path output, String... more)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("up", "--resources", resources.toString()));
    command.addAll(List.of(more));
    return run(jvm, command, data, output, FreePorts.next(), FreePorts.next()).awaitReady();
  }

  private static WorkerProcess run(
      List<String> arguments, Path data, Path output, int port, int managementPort)
      throws IOException {
    return run(Jvm.DEFAULT, arguments, data, output, port, managementPort);
  }

  private static WorkerProcess run(
      Jvm jvm, List<String> arguments, Path data, Path output, int port, int managementPort)
      throws IOException {
    List<String> command = new ArrayList<>(arguments);
    command.addAll(
        List.of(
            "--data",
            data.toString(),
            "--port",
            String.valueOf(port),
            "--management-port",
            String.valueOf(managementPort)));
    Process process =
        jvm.command(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    return new WorkerProcess(process, output, port, managementPort);
  }

  /** Starts and waits until it is ready. */
  public static WorkerProcess start(Path data, Path output) throws IOException {
    return launch(data, output).awaitReady();
  }

  /** Waits until it is ready. */
  public WorkerProcess awaitReady() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(this::ready);
    return this;
  }

  private boolean ready() {
    assertThat(process.isAlive()).as(() -> output()).isTrue();
    try {
      return management("/observe/health/ready").status() == 200;
    } catch (UncheckedIOException e) {
      return false;
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

  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Kills the process, as {@code kill -9} does. */
  public void kill() {
    process.destroyForcibly();
    exitCode();
  }

  /** Asks the process to stop, as {@code kill} does. */
  public void terminate() {
    process.destroy();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  public int exitCode() {
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
