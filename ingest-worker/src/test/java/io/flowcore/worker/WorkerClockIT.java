package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.testing.TestClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose clock is decades ahead for a moment. */
class WorkerClockIT {
  private static final Duration DECADES = Duration.ofDays(30 * 365);
  private static final String KEEP_OUT_OF_ARCHIVE =
      "{\"do-not-archive-on/stored-event\":\"true\",\"ttl-on/stored-event\":\"1h\"}";

  @TempDir private Path directory;

  private static void post(TestWorker worker, int number) {
    assertThat(
            worker
                .post(
                    "/event" + TestWorker.PLACED,
                    "{\"orderId\":" + number + "}",
                    "x-flowcore-metadata-json",
                    KEEP_OUT_OF_ARCHIVE)
                .status())
        .isEqualTo(200);
  }

  @Test
  void aJumpOfTheClockLosesNoEventAndDatesNoLaterEventAhead() throws Exception {
    TestClock clock = TestClock.running();
    try (TestWorker worker = TestWorker.start(directory)) {
      worker.restart(clock);
      post(worker, 1);
      clock.advance(DECADES);
      assertThat(worker.events("order.placed")).hasSize(1);
      post(worker, 2);
      await()
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .containsPattern("flowcore_clock_jumps_total 1")
                  .containsPattern("flowcore_clock_ahead_seconds 9[.0-9]+E8"));
      clock.advance(DECADES.negated());
      post(worker, 3);
      worker.restart();
      post(worker, 4);

      assertThat(worker.events("order.placed"))
          .hasSize(4)
          .allSatisfy(event -> {
            assertThat(time(event, "eventTime"))
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(15));
          });
      assertThat(worker.management("/observe/metrics").body())
          .contains("flowcore_clock_ahead_seconds 0.0");
    }
  }

  private static Instant time(JsonNode event, String field) {
    return Instant.parse(event.path(field).asText());
  }
}
