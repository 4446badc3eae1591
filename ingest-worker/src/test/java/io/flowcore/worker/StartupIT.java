package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.FreePorts;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is started before the services that it needs. */
class StartupIT {

  @TempDir private Path directory;

  private static CassandraSettings cassandra(String contactPoint) {
    return new CassandraSettings(
        List.of(contactPoint),
        "dc1",
        "flowcore",
        OptionalInt.of(1),
        Optional.empty(),
        Optional.empty(),
        CassandraSettings.ARCHIVE_MARGIN,
        CassandraSettings.MAX_CLOCK_SKEW);
  }

  static Worker start(Path data, int managementPort, CassandraSettings cassandra) throws Exception {
    return Worker.start(
        new ManifestDirectory(TestWorker.QUICKSTART),
        data,
        new Worker.Settings(
            new WorkerServer.Settings("127.0.0.1", 0, managementPort, Duration.ofSeconds(5), 100),
            TestWorker.ENOUGH_MEMORY,
            OptionalLong.empty(),
            Duration.ofMinutes(1),
            Optional.of(cassandra),
            DrainSettings.SINGLE),
        Clock.systemUTC());
  }

  @Test
  void aWorkerWaitsForAnUnreachableDatabaseAndSaysSoOnItsManagementPort() throws Exception {
    String contactPoint = "127.0.0.1:" + FreePorts.next();
    int port = FreePorts.next();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        WorkerProbe probe = new WorkerProbe(port)) {
      Future<Worker> starting =
          threads.submit(() -> start(directory, port, cassandra(contactPoint)));
      await()
          .ignoreException(ConnectException.class)
          .atMost(Duration.ofSeconds(60))
          .until(() -> probe.ready().contains("waiting for the hot store"));

      assertThat(probe.ready()).contains("cannot use any Cassandra node of", contactPoint);
      assertThat(probe.get("/observe/health/ready").statusCode()).isEqualTo(503);
      assertThat(probe.get("/observe/health/live").statusCode()).isEqualTo(200);
      assertThat(probe.get("/observe/catalog").body()).contains("\"loaded\":true");
      assertThat(probe.metrics()).contains("flowcore_catalog_event_types");
      assertThat(starting.isDone()).isFalse();

      starting.cancel(true);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
              return false;
            } catch (ConnectException e) {
              return true;
            }
          });
    }
  }

  @Test
  void sigtermEndsTheWaitForADatabaseThatNeverAnswersWithExitCodeZero() throws Exception {
    // The kernel accepts connections of the backlog; nothing ever answers.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        WorkerProcess worker =
            WorkerProcess.launch(
                directory.resolve("data"),
                directory.resolve("out"),
                "--store",
                "cassandra",
                "--cassandra-contact-points",
                "127.0.0.1:" + silent.getLocalPort(),
                "--cassandra-datacenter",
                "dc1",
                "--cassandra-keyspace",
                "flowcore",
                "--cassandra-replication",
                "1")) {
      try (WorkerProbe probe = new WorkerProbe(worker.managementPort())) {
        await()
            .ignoreException(ConnectException.class)
            .atMost(Duration.ofSeconds(60))
            .until(() -> probe.ready().contains("waiting for the hot store"));
      }

      long terminated = System.nanoTime();
      worker.terminate();

      assertThat(worker.exitCode()).as(worker::output).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - terminated))
          .isLessThan(Duration.ofSeconds(20));
      assertThat(worker.output()).contains("Waiting for the hot store").doesNotContain("\tat ");
      assertThat(worker.output().lines().filter(line -> !line.contains("WARNING: ")))
          .hasSizeLessThan(8);
    }
  }

  @Test
  void aDirectoryThatCannotBeUsedStillEndsTheStart() throws Exception {
    int port = FreePorts.next();
    try (WorkerProcess first = WorkerProcess.start(directory, directory.resolve("out"));
        WorkerProcess second =
            WorkerProcess.launch(directory, directory.resolve("out2"), port, FreePorts.next())) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output()).contains("in use by another worker");
      assertThat(first.stored()).isZero();
    }
  }
}
