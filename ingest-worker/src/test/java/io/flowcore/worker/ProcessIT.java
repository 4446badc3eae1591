package io.flowcore.worker;

import static io.flowcore.worker.TestWorker.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.worker.catalog.ManifestFolder;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees who starts and stops a worker. */
class ProcessIT {
  @TempDir private Path folder;

  @Test
  void theGreetingHasALineToPasteForEveryEventType() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.start(folder.resolve("data"), folder.resolve("out"))) {
      for (String url : List.of("/event", "/events", "/file")) {
        assertThat(worker.output()).contains(worker.url(url + TestWorker.PLACED).toString());
        assertThat(worker.output()).contains(worker.url(url + TestWorker.SHIPPED).toString());
      }
      String line =
          worker.output().lines().filter(text -> text.contains("curl")).findFirst().orElseThrow();
      Process curl = new ProcessBuilder("sh", "-c", line).start();
      assertThat(
              new String(
                  curl.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
          .contains("\"success\":true");
    }
  }

  @Test
  void aWorkerInAClusterServesTheMountedCatalogAndLogsJsonWithoutKeys() throws Exception {
    Catalog shop = new ManifestFolder(TestWorker.QUICKSTART).load().catalog();
    Path mount = Files.createDirectory(folder.resolve("mount"));
    Files.writeString(mount.resolve(CatalogCodec.CATALOG_FILE), CatalogCodec.writeCatalog(shop));
    Files.writeString(mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(shop));
    try (WorkerProcess worker =
            WorkerProcess.serve(mount, folder.resolve("data"), folder.resolve("out"));
        HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(worker.url("/event" + TestWorker.PLACED + "?key=" + KEY))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{}"))
              .build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      worker.terminate();
      assertThat(worker.exitCode()).isIn(0, 143);
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
  void aSecondWorkerOnTheSameFolderIsRefusedInASentence() throws Exception {
    try (WorkerProcess first = WorkerProcess.start(folder.resolve("data"), folder.resolve("out"));
        WorkerProcess second =
            WorkerProcess.launch(folder.resolve("data"), folder.resolve("out2"))) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output()).contains("in use by another worker").doesNotContain("\tat ");
      assertThat(first.output()).contains("Flowcore is up");
    }
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
        WorkerProcess worker =
            WorkerProcess.launch(
                folder.resolve("data"),
                folder.resolve("out"),
                taken.getLocalPort(),
                WorkerProcess.freePort())) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(worker.output())
          .contains("port " + taken.getLocalPort(), "in use")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aDataFolderThatCannotBeWrittenIsNamed() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    try (WorkerProcess worker = WorkerProcess.launch(file.resolve("data"), folder.resolve("out"))) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(worker.output())
          .contains("can't be written", file.toString())
          .doesNotContain("\tat ");
    }
  }

  @Test
  void helpTellsEveryOption() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.launch(folder.resolve("data"), folder.resolve("out"), "--help")) {
      assertThat(worker.exitCode()).isZero();
      assertThat(worker.output())
          .contains("--resources", "--data", "--port", "--management-port", "8080", "8081");
    }
  }

  @Test
  void aRequestUnderWayWhenTheProcessIsAskedToEndIsAnswered() throws Exception {
    int acknowledged = 0;
    try (WorkerProcess worker = WorkerProcess.start(folder.resolve("data"), folder.resolve("out"));
        HttpClient client = HttpClient.newHttpClient()) {
      String batch = "[{}" + ",{}".repeat(9_999) + "]";
      HttpRequest request =
          HttpRequest.newBuilder(worker.url("/events" + TestWorker.PLACED))
              .header("Authorization", KEY)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(batch))
              .build();
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      for (int i = 0; i < 8; i++) {
        answers.add(client.sendAsync(request, BodyHandlers.ofString()));
      }
      CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new)).join();
      worker.terminate();
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        try {
          assertThat(answer.join().statusCode()).isIn(200, 503);
          acknowledged += answer.join().statusCode() == 200 ? 1 : 0;
        } catch (CompletionException refusedConnection) {
          assertThat(refusedConnection).hasCauseInstanceOf(java.io.IOException.class);
        }
      }
      assertThat(worker.exitCode()).isIn(0, 143);
    }
    assertThat(acknowledged).isPositive();
  }
}
