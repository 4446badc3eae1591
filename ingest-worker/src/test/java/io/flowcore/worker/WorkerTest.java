package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.store.StoreException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {
  private static final long MEMORY = 16 << 20;
  private static final int MAX_CONNECTIONS = 40;

  private static final Pattern METRIC =
      Pattern.compile(
          "^# TYPE (flowcore_\\S+) (?:counter|gauge|histogram|summary)$", Pattern.MULTILINE);

  @TempDir private Path directory;

  private Worker start(Path data, int port) throws StoreException, InterruptedException {
    return Worker.start(
        new ManifestDirectory(TestWorker.QUICKSTART),
        data,
        new Worker.Settings(
            new WorkerServer.Settings("127.0.0.1", port, 0, Duration.ofSeconds(5), MAX_CONNECTIONS),
            new RequestMemory.Limits(MEMORY, MEMORY, MEMORY),
            OptionalLong.empty(),
            Duration.ofMinutes(1),
            Optional.empty(),
            DrainSettings.SINGLE),
        Clock.systemUTC());
  }

  @Test
  void noMoreConnectionsAreOpenThanAreAllowed() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (Worker worker = start(directory, 0)) {
      for (int i = 0; i < 2 * MAX_CONNECTIONS; i++) {
        clients.add(new Socket(InetAddress.getLoopbackAddress(), worker.port()));
      }
      // Half of them may come from one address. The worker closes those that have been idle
      // longest.
      for (Socket client : clients.subList(0, 2 * MAX_CONNECTIONS - MAX_CONNECTIONS / 2)) {
        client.setSoTimeout(10_000);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      Socket youngest = clients.getLast();
      youngest.setSoTimeout(10_000);
      youngest
          .getOutputStream()
          .write("GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      assertThat(youngest.getInputStream().read()).isEqualTo('H');
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void aFailedStartReleasesTheDataDirectory() throws Exception {
    try (ServerSocket occupied = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> start(directory, occupied.getLocalPort()))
          .isInstanceOf(UncheckedIOException.class)
          .hasCauseInstanceOf(BindException.class)
          .hasNoSuppressedExceptions();
    }
    try (Worker worker = start(directory, 0)) {
      assertThat(worker.port()).isPositive();
    }
  }

  @Test
  void aDataDirectoryThatCannotBeUsedIsNamedInTheError() throws Exception {
    Files.createFile(directory.resolve("spool"));

    assertThatThrownBy(() -> start(directory, 0))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(
            "cannot use the data directory " + directory, "set --data to a directory")
        .hasNoSuppressedExceptions();
    Files.delete(directory.resolve("spool"));
    start(directory, 0).close();
  }

  @Test
  void everyMetricIsRegisteredWhenTheWorkerHasStarted() throws Exception {
    try (Worker worker = start(directory, 0);
        HttpClient client = HttpClient.newHttpClient()) {
      URI url = URI.create("http://127.0.0.1:" + worker.managementPort() + "/observe/metrics");
      String metrics =
          client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body();

      List<String> names =
          METRIC.matcher(metrics).results().map(match -> match.group(1)).distinct().toList();
      assertThat(names)
          .containsExactlyInAnyOrder(
              "flowcore_archive_bytes",
              "flowcore_archive_compacted_segments_total",
              "flowcore_archive_compactions_total",
              "flowcore_archive_events_total",
              "flowcore_archive_failures_total",
              "flowcore_archive_frame_read_seconds",
              "flowcore_archive_frame_read_seconds_max",
              "flowcore_archive_lag_seconds",
              "flowcore_archive_orphaned_hours",
              "flowcore_archive_failing_hours",
              "flowcore_archive_stopped",
              "flowcore_archive_pending_hours",
              "flowcore_archive_segments_total",
              "flowcore_archive_written_bytes_total",
              "flowcore_catalog_event_types",
              "flowcore_catalog_rejections",
              "flowcore_clock_ahead_seconds",
              "flowcore_clock_jumps_total",
              "flowcore_disk_archive_reserve_bytes",
              "flowcore_disk_free_bytes",
              "flowcore_disk_reserve_bytes",
              "flowcore_disk_store_reserve_bytes",
              "flowcore_http_body_memory_bytes",
              "flowcore_http_rejected_requests_total",
              "flowcore_http_requests_in_flight",
              "flowcore_ingest_bytes_total",
              "flowcore_ingest_events_total",
              "flowcore_ingest_requests_total",
              "flowcore_key_expiration_timestamp_seconds",
              "flowcore_query_memory_bytes",
              "flowcore_store_background_errors_total",
              "flowcore_store_bytes",
              "flowcore_store_commit_events",
              "flowcore_store_commit_events_max",
              "flowcore_store_commit_seconds",
              "flowcore_store_commit_seconds_max",
              "flowcore_store_expired_events_total",
              "flowcore_store_queued_bytes",
              "flowcore_upload_memory_bytes",
              "flowcore_upload_spool_bytes");
    }
  }
}
