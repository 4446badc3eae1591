package io.flowcore.worker.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.CassandraServer;
import io.flowcore.testing.FreePorts;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.archive.store.s3.S3Server;
import io.flowcore.worker.archive.store.s3.S3Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Three Cassandra nodes and up to three workers that archive to one bucket, each in a process. */
final class Cluster implements AutoCloseable {
  static final int SIZE = 3;
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Path directory;
  private final S3Server bucket;
  private final List<CassandraServer> nodes;
  private final List<Member> workers = new ArrayList<>();

  /** A worker process. */
  static final class Member {
    private final int index;
    private final int port = FreePorts.next();
    private final int managementPort = FreePorts.next();
    private volatile Process process;

    private Member(int index) {
      this.index = index;
    }

    URI url(String path) {
      return URI.create("http://127.0.0.1:" + port + path);
    }

    boolean isReady() {
      URI url = URI.create("http://127.0.0.1:" + managementPort + "/observe/health/ready");
      HttpRequest request = HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(2)).build();
      try {
        return CLIENT.send(request, BodyHandlers.discarding()).statusCode() == 200;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Returns the value of a metric without labels; NaN if the worker does not report it. */
    double metric(String name) throws IOException, InterruptedException {
      URI url = URI.create("http://127.0.0.1:" + managementPort + "/observe/metrics");
      String metrics =
          CLIENT.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body();
      return metrics
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
          .findFirst()
          .orElse(Double.NaN);
    }

    private boolean failExited() {
      throw new IllegalStateException("worker " + index + " exited with " + process.exitValue());
    }

    long pid() {
      return process.pid();
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  /** Starts the nodes without waiting for them. */
  Cluster(Path directory) throws Exception {
    this.directory = directory;
    bucket = new S3Server(directory.resolve("objects"));
    writeResources();
    nodes = CassandraServer.cluster(directory.resolve("nodes"), SIZE);
  }

  /** Starts the workers, all at once, and waits until they are ready. */
  void start() throws Exception {
    start(SIZE);
  }

  /** Starts workers until there are {@code count}, and waits until all are ready. */
  void start(int count) throws Exception {
    for (CassandraServer node : nodes) {
      node.awaitReady();
    }
    while (workers.size() < count) {
      workers.add(new Member(workers.size()));
      launch(workers.getLast(), 0);
    }
    awaitReady();
  }

  private void writeResources() throws IOException {
    Path resources = Files.createDirectories(directory.resolve("resources"));
    S3Settings s3 = bucket.settings();
    S3Settings.Credentials credentials = s3.credentials().orElseThrow().get();
    String shop =
        Files.readString(TestWorker.QUICKSTART.resolve("shop.yaml"))
            .replace(
                "directory: {}",
                "s3: {bucket: %s, region: us-east-1, endpoint: '%s', pathStyle: true, credentialsSecretRef: {name: bucket}}"
                    .formatted(s3.bucket(), s3.endpoint().orElseThrow()));
    Files.writeString(resources.resolve("shop.yaml"), shop);
    Files.copy(TestWorker.QUICKSTART.resolve("key.yaml"), resources.resolve("key.yaml"));
    Files.writeString(
        resources.resolve("bucket.yaml"),
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: bucket}
        stringData: {accessKeyId: %s, secretAccessKey: %s}
        """
            .formatted(credentials.accessKeyId(), credentials.secretAccessKey()));
  }

  /** Starts a worker whose clock is ahead by {@code skewMillis}. */
  void launch(Member worker, long skewMillis) throws IOException {
    String contactPoints =
        nodes.stream().map(CassandraServer::contactPoint).collect(Collectors.joining(","));
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx320m",
            "-XX:+UseSerialGC",
            Boolean.getBoolean("cassandra.optimized")
                ? "-XX:+TieredCompilation"
                : "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-Dlogback.configurationFile=logback.xml",
            "-cp",
            System.getProperty("java.class.path"),
            ClusterWorkerMain.class.getName(),
            directory.resolve("resources").toString(),
            directory.resolve("worker" + worker.index).toString(),
            String.valueOf(worker.port),
            String.valueOf(worker.managementPort),
            contactPoints,
            "chaos",
            String.valueOf(skewMillis));
    worker.process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    directory.resolve("worker" + worker.index + ".log").toFile()))
            .start();
  }

  void awaitReady() {
    for (Member worker : workers) {
      await("worker " + worker.index)
          .atMost(START_TIMEOUT)
          .pollInterval(Duration.ofMillis(200))
          .until(() -> worker.process.isAlive() ? worker.isReady() : worker.failExited());
    }
  }

  List<CassandraServer> nodes() {
    return nodes;
  }

  List<Member> workers() {
    return workers;
  }

  static void signal(long pid, String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start().waitFor();
  }

  /** Returns the end of each worker's log, for the message of a failed test. */
  String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    for (Member worker : workers) {
      String log = Files.readString(directory.resolve("worker" + worker.index + ".log"), UTF_8);
      logs.append("\n--- worker ").append(worker.index).append('\n');
      logs.append(log.substring(Math.max(0, log.length() - 5_000)));
    }
    return logs.toString();
  }

  @Override
  public void close() throws Exception {
    for (Member worker : workers) {
      if (worker.process != null) {
        signal(worker.pid(), "CONT");
        worker.kill();
      }
    }
    for (CassandraServer node : nodes) {
      signal(node.pid(), "CONT");
      node.close();
    }
    bucket.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.toString().endsWith(".log") && !file.equals(directory)) {
          Files.delete(file);
        }
      }
    }
  }
}
