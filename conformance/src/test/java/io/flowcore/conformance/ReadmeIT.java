package io.flowcore.conformance;

import static io.flowcore.conformance.LaunchedWorker.shell;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what the README says, line by line, against a worker that its launcher started. Only the
 * ports differ.
 */
class ReadmeIT {
  @TempDir private static Path folder;
  private static LaunchedWorker worker;

  @BeforeAll
  static void up() throws IOException {
    worker = new LaunchedWorker(folder);
  }

  @AfterAll
  static void down() throws InterruptedException {
    worker.close();
  }

  private static List<String> blocks(String language) throws IOException {
    return worker.blocks("README.md").stream()
        .filter(block -> block.language().equals(language))
        .map(LaunchedWorker.Block::text)
        .toList();
  }

  /** What is sent to the worker; what needs a cluster is tested elsewhere. */
  private static List<String> requests() throws IOException {
    return blocks("sh").stream().filter(block -> block.startsWith("curl")).toList();
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
      for (String block : requests()) {
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
    Files.writeString(worker.resources().resolve("refund.yaml"), manifest);
    String post =
        requests()
            .getFirst()
            .replace("order.placed", "order.refunded")
            .replace("curl -sS", "curl -sS --retry 20 --retry-all-errors --retry-delay 1 -f");

    assertThat(shell(post)).contains("order.refunded", "\"success\":true");
  }
}
