package io.flowcore.conformance;

import static io.flowcore.conformance.LaunchedWorker.shell;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Runs the commands of the README against a worker that the launcher started. Only the ports
 * differ.
 */
class ReadmeIT {
  @RegisterExtension private static final LaunchedWorker worker = new LaunchedWorker();

  private static List<String> blocks(String language) throws IOException {
    return worker.blocks("README.md").stream()
        .filter(block -> block.language().equals(language))
        .map(LaunchedWorker.Block::text)
        .toList();
  }

  /** Returns the requests to the worker. Other tests cover the commands that need a cluster. */
  private static List<String> requests() throws IOException {
    return blocks("sh").stream().filter(block -> block.startsWith("curl")).toList();
  }

  @Test
  void commandsOfTheFirstFiveMinutesWork() throws Exception {
    List<String> responses = new ArrayList<>();
    Instant hour;
    do {
      // The commands query the current hour. If the hour ends during the test, repeat all of them.
      hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
      responses.clear();
      for (String block : requests()) {
        responses.add(shell(block));
      }
    } while (!hour.equals(Instant.now().truncatedTo(ChronoUnit.HOURS)));

    assertThat(responses).hasSize(5);
    assertThat(responses.get(0)).contains("\"success\":true", "\"eventId\":");
    assertThat(responses.get(1)).contains("\"success\":true", "\"eventIds\":");
    assertThat(responses.get(2)).contains("\"success\":true", "\"totalParts\":1", "\"checksum\":");
    assertThat(responses.get(3))
        .contains("{\"orderId\": 1, \"total\": 19.90}", "{\"orderId\": 3, \"total\": 7.50}");
    assertThat(responses.get(4)).contains("flowcore_ingest_events_total ", "\"eventTypes\":");
  }

  @Test
  void eventTypeOfTheReadmeAcceptsEventsWithoutARestart() throws Exception {
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
