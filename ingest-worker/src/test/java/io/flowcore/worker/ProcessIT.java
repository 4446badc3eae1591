package io.flowcore.worker;

import static io.flowcore.worker.TestWorker.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.testing.FreePorts;
import io.flowcore.worker.catalog.ManifestDirectory;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The output and exit codes of a worker process that is started and stopped. */
class ProcessIT {
  @TempDir private Path directory;

  @Test
  void theBannerHasACurlCommandForEveryEventType() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.start(directory.resolve("data"), directory.resolve("out"))) {
      // The banner is printed after the worker is ready.
      await().until(() -> worker.output().contains("Stop with"));
      for (String url : List.of("/event", "/events", "/file")) {
        assertThat(worker.output()).contains(worker.url(url + TestWorker.PLACED).toString());
        assertThat(worker.output()).contains(worker.url(url + TestWorker.SHIPPED).toString());
      }
      String line =
          worker.output().lines().filter(text -> text.contains("curl")).findFirst().orElseThrow();
      Process curl = new ProcessBuilder("sh", "-c", line).start();
      assertThat(new String(curl.getInputStream().readAllBytes(), UTF_8))
          .contains("\"success\":true");
    }
  }

  @Test
  void serveReadsTheMountedCatalogAndLogsJsonWithoutKeys() throws Exception {
    Catalog shop = new ManifestDirectory(TestWorker.QUICKSTART).load().catalog();
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Files.writeString(mount.resolve(CatalogCodec.CATALOG_FILE), CatalogCodec.writeCatalog(shop));
    Files.writeString(mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(shop));
    try (WorkerProcess worker =
            WorkerProcess.serve(mount, directory.resolve("data"), directory.resolve("out"));
        HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(worker.url("/event" + TestWorker.PLACED + "?key=" + KEY))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{}"))
              .build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      worker.terminate();
      assertThat(worker.exitCode()).isZero();
      assertThat(worker.output()).doesNotContain(KEY);
      ObjectMapper json = new ObjectMapper();
      List<String> lines =
          worker.output().lines().filter(line -> !line.contains("WARNING: ")).toList();
      assertThat(lines).isNotEmpty();
      for (String line : lines) {
        assertThat(json.readTree(line).has("formattedMessage")).as(line).isTrue();
      }
    }
  }

  @Test
  void aSecondWorkerOnTheSameDataDirectoryFailsWithOneSentence() throws Exception {
    try (WorkerProcess first =
            WorkerProcess.start(directory.resolve("data"), directory.resolve("out"));
        WorkerProcess second =
            WorkerProcess.launch(directory.resolve("data"), directory.resolve("out2"))) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output()).contains("in use by another worker").doesNotContain("\tat ");
      assertThat(first.output()).contains("Flowcore is up");
    }
  }

  @Test
  void aPortInUseIsNamedInTheError() throws Exception {
    try (ServerSocket occupied = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
        WorkerProcess worker =
            WorkerProcess.launch(
                directory.resolve("data"),
                directory.resolve("out"),
                occupied.getLocalPort(),
                FreePorts.next())) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(worker.output())
          .contains("port " + occupied.getLocalPort(), "in use")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aDataDirectoryThatCannotBeWrittenIsNamedInTheError() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    try (WorkerProcess worker =
        WorkerProcess.launch(file.resolve("data"), directory.resolve("out"))) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(worker.output())
          .contains("cannot use the data directory", file.toString())
          .doesNotContain("\tat ");
    }
  }

  @Test
  void helpListsTheOptionsAndDefaults() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.launch(directory.resolve("data"), directory.resolve("out"), "--help")) {
      assertThat(worker.exitCode()).isZero();
      assertThat(worker.output())
          .contains("--resources", "--data", "--port", "--management-port", "8080", "8081");
    }
  }

  @Test
  void onTerminationARequestInProgressCompletesAndANewOneIsRejected() throws Exception {
    try (WorkerProcess worker =
            WorkerProcess.start(directory.resolve("data"), directory.resolve("out"));
        Socket half = post(worker, "{\"a\":");
        HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest metrics =
          HttpRequest.newBuilder(worker.managementUrl("/observe/metrics")).build();
      await()
          .until(() ->
              client
                  .send(metrics, BodyHandlers.ofString())
                  .body()
                  .contains("flowcore_http_requests_in_flight 1.0"));
      HttpRequest ready =
          HttpRequest.newBuilder(worker.managementUrl("/observe/health/ready")).build();
      worker.terminate();
      await()
          .until(
              () -> client.send(ready, BodyHandlers.ofString()).body().contains("shutting down"));
      try (Socket late = post(worker, "{\"a\":1}")) {
        assertThat(head(late)).isEqualTo("HTTP/1.1 503");
      }
      half.getOutputStream().write("1}".getBytes(UTF_8));

      assertThat(head(half)).isEqualTo("HTTP/1.1 200");
      assertThat(worker.exitCode()).isZero();
      assertThat(worker.output()).doesNotContain("ERROR");
    }
  }

  /** Sends a request with the start of a body of seven bytes. */
  private static Socket post(WorkerProcess worker, String body) throws IOException {
    Socket socket = new Socket(java.net.InetAddress.getLoopbackAddress(), worker.port());
    socket.setSoTimeout(20_000);
    String head =
        "POST /event"
            + TestWorker.PLACED
            + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
            + KEY
            + "\r\nContent-Length: 7\r\n\r\n";
    socket.getOutputStream().write((head + body).getBytes(UTF_8));
    return socket;
  }

  private static String head(Socket socket) throws IOException {
    return new String(socket.getInputStream().readNBytes(12), UTF_8);
  }

  @Test
  void noKeyInAUrlIsEverLogged() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.start(directory.resolve("data"), directory.resolve("out"))) {
      String[] requests = {
        "POST /event%s?key=%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /event%s?key=%s HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{",
        "POST /event%s?key=%s&a=%%zz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        "POST /event%s?key=%s HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST /event%s?key=%s[] HTTP/1.1\r\nHost: x y\r\nContent-Length: x\r\n\r\n",
        "POST /event%s?key=%s"
      };
      for (String request : requests) {
        try (Socket socket = new Socket(java.net.InetAddress.getLoopbackAddress(), worker.port())) {
          socket.setSoTimeout(40_000);
          socket.getOutputStream().write(request.formatted(TestWorker.PLACED, KEY).getBytes(UTF_8));
          socket.shutdownOutput();
          assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
              .doesNotContain(KEY, "HTTP/1.1 500", "HTTP/1.1 200");
        }
      }
      worker.terminate();
      assertThat(worker.exitCode()).isZero();
      String log = worker.output().substring(worker.output().indexOf("Flowcore is up"));
      // The banner prints the curl command once, with the key of the quickstart.
      assertThat(log.lines().filter(line -> line.contains(KEY) && !line.contains("curl")))
          .isEmpty();
    }
  }

  @Test
  void anInvalidPortIsNamedInTheError() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.launch(
            directory.resolve("data"), directory.resolve("out"), 99_999, FreePorts.next())) {
      assertThat(worker.exitCode()).isEqualTo(2);
      assertThat(worker.output())
          .contains("--port is 99999; it must be from 0 to 65535")
          .doesNotContain("\tat ");
    }
  }
}
