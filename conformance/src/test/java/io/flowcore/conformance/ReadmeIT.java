package io.flowcore.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what the README says, line by line, against a worker that its launcher started. Only the
 * ports differ.
 */
class ReadmeIT {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern BLOCK = Pattern.compile("```(\\w*)\n(.*?)```", Pattern.DOTALL);

  @TempDir private static Path folder;

  private static Process worker;
  private static Path resources;
  private static String port;
  private static String managementPort;

  @BeforeAll
  static void up() throws IOException {
    resources = Files.createDirectory(folder.resolve("resources"));
    for (String file : List.of("shop.yaml", "key.yaml")) {
      Files.copy(HOME.resolve("examples/quickstart").resolve(file), resources.resolve(file));
    }
    port = freePort();
    managementPort = freePort();
    ProcessBuilder launcher =
        new ProcessBuilder(
            HOME.resolve("flowcore").toString(),
            "up",
            "--resources",
            resources.toString(),
            "--data",
            folder.resolve("data").toString(),
            "--port",
            port,
            "--management-port",
            managementPort);
    launcher.environment().put("FLOWCORE_SKIP_BUILD", "1");
    worker = launcher.redirectError(folder.resolve("log").toFile()).start();
    BufferedReader output = worker.inputReader(UTF_8);
    String line = output.readLine();
    while (line != null && !line.startsWith("Stop with")) {
      line = output.readLine();
    }
    assertThat(line).as(() -> "the worker's log: " + log()).isNotNull();
  }

  private static String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return String.valueOf(socket.getLocalPort());
    }
  }

  @AfterAll
  static void down() throws InterruptedException {
    worker.destroy();
    worker.waitFor();
  }

  private static List<String> blocks(String language) throws IOException {
    return BLOCK
        .matcher(Files.readString(HOME.resolve("README.md")))
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block ->
            block.group(2).replace(":8080", ":" + port).replace(":8081", ":" + managementPort))
        .toList();
  }

  private static String shell(String script) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder("sh", "-ec", script)
            .directory(HOME.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(shell.getInputStream().readAllBytes(), UTF_8);
    assertThat(shell.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void theFirstFiveMinutesDoWhatTheySay() throws Exception {
    List<String> answers = new ArrayList<>();
    Instant hour;
    do {
      // "This hour's events" are asked for; when the hour ends in between, once more from the
      // beginning.
      hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
      answers.clear();
      for (String block : blocks("sh")) {
        answers.add(shell(block));
      }
    } while (!hour.equals(Instant.now().truncatedTo(ChronoUnit.HOURS)));

    assertThat(answers).hasSize(5);
    assertThat(answers.get(0)).contains("\"success\":true", "\"eventId\":");
    assertThat(answers.get(1)).contains("\"success\":true", "\"eventIds\":");
    assertThat(answers.get(2)).contains("\"success\":true", "\"totalParts\":1", "\"checksum\":");
    assertThat(answers.get(3))
        .contains("{\"orderId\": 1, \"total\": 19.90}", "{\"orderId\": 3, \"total\": 7.50}");
    assertThat(answers.get(4)).contains("flowcore_ingest_events_total ", "\"eventTypes\":");
  }

  @Test
  void theEventTypeOfTheReadmeTakesEventsWithoutARestart() throws Exception {
    String manifest = blocks("yaml").getFirst();
    Files.writeString(resources.resolve("refund.yaml"), manifest);
    String post =
        blocks("sh")
            .getFirst()
            .replace("order.placed", "order.refunded")
            .replace("curl -sS", "curl -sS --retry 20 --retry-all-errors --retry-delay 1 -f");

    assertThat(shell(post)).contains("order.refunded", "\"success\":true");
  }

  @Test
  void everyFileThatTheReadmeLinksExists() throws IOException {
    List<String> links =
        Pattern.compile("\\]\\(([^):]+)\\)")
            .matcher(Files.readString(HOME.resolve("README.md")))
            .results()
            .map(link -> link.group(1))
            .toList();

    assertThat(links).isNotEmpty().allSatisfy(link -> assertThat(HOME.resolve(link)).exists());
  }
}
