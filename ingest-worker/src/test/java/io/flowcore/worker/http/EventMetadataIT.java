package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers with the metadata and the times of events. */
class EventMetadataIT {
  /** Stores nothing in any test, so that its store stays empty. */
  @RegisterExtension private static final TestWorkerExtension worker = new TestWorkerExtension();

  /** For each test that stores events. */
  @RegisterExtension private final TestWorkerExtension fresh = new TestWorkerExtension();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x-flowcore-metadata-json|!|invalid_metadata",
        "x-flowcore-metadata-json|{\"ttl-on/stored-event\":\"99d\"}|invalid_ttl",
        "x-flowcore-event-time|yesterday|invalid_event_time",
        "x-flowcore-event-time|9999-01-01T00:00:00Z|invalid_event_time",
        "x-flowcore-valid-time|2026-01-01|invalid_valid_time",
      })
  void anInvalidHeaderIsRejected(String header, String value, String error) {
    for (String[] request : new String[][] {{"/event", "{}"}, {"/events", "[{}]"}}) {
      Answer answer = worker.post(request[0] + PLACED, request[1], header, value);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.error()).isEqualTo(error);
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void anInvalidTimeInABatchIsReportedByIndex() {
    Answer answer =
        worker.post(
            "/events" + PLACED,
            "[{\"at\":\"2026-01-01T00:00:00Z\"},{\"at\":5},{}]",
            "x-flowcore-event-time-key",
            "at");

    assertThat(answer.error()).isEqualTo("invalid_event_time");
    assertThat(answer.json().at("/details/0/index").asInt()).isEqualTo(1);
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aTimeFieldThatIsNullIsAbsent() {
    Answer answer =
        fresh.post(
            "/events" + PLACED,
            "[{\"at\":null,\"valid\":null},{}]",
            "x-flowcore-event-time-key",
            "at",
            "x-flowcore-valid-time-key",
            "valid",
            "x-flowcore-event-time",
            "2026-01-01T00:00:00Z");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    for (JsonNode event : fresh.events("order.placed")) {
      assertThat(event.get("eventTime").asText()).isEqualTo("2026-01-01T00:00:00.000Z");
      assertThat(event.get("validTime").asText()).isEqualTo("2026-01-01T00:00:00.000Z");
    }
    assertThat(fresh.stored()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"soon\"",
        "\"2026-01-01\"",
        "\"2026-01-01T00:00:00Z\",\"at\":\"2026-01-02T00:00:00Z\"",
        "\"2026-01-01T00:00:00Z\",\"at\":null",
        "null,\"at\":\"2026-01-01T00:00:00Z\"",
        "null,\"\\u0061t\":null"
      })
  void aTimeFieldWithoutATimestampOrWithTwoIsAnErrorOfItsEvent(String value) {
    for (String kind : List.of("event", "valid")) {
      String body = "[{\"at\":\"2026-01-01T00:00:00Z\"},{\"at\":null},{\"at\":" + value + "}]";
      Answer answer =
          worker.post("/events" + PLACED, body, "x-flowcore-" + kind + "-time-key", "at");

      assertThat(answer.error()).isEqualTo("invalid_" + kind + "_time");
      assertThat(answer.json().get("details")).hasSize(1);
      assertThat(answer.json().at("/details/0/index").asInt()).isEqualTo(2);
      assertThat(answer.json().at("/details/0/message").asText()).contains("'at'");
    }
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "x-flowcore-metadata-json,invalid_metadata",
    "x-flowcore-event-time,invalid_event_time",
    "x-flowcore-valid-time,invalid_valid_time",
    "x-flowcore-event-time-key,invalid_event_time",
    "x-flowcore-valid-time-key,invalid_valid_time",
    "idempotency-key,invalid_parameter",
    "content-type,unsupported_media_type"
  })
  void aHeaderOutsideAsciiIsRejectedInsteadOfChanged(String header, String error)
      throws IOException {
    for (Charset charset : List.of(UTF_8, ISO_8859_1)) {
      String body = "[{\"z\u00e9it\":\"2026-01-01T00:00:00Z\"}]";
      try (Socket socket = Sockets.connect(worker)) {
        String head =
            "POST /events"
                + PLACED
                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
                + TestWorker.KEY
                + "\r\nContent-Length: "
                + body.getBytes(UTF_8).length
                + "\r\n"
                + header
                + ": z\u00e9it\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(charset));
        socket.getOutputStream().write(body.getBytes(UTF_8));
        assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
            .contains("\"error\":\"" + error + "\"", header + " contains characters outside ASCII");
      }
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void theProducerIsTheWorkerUnlessTheClientNamesOne() {
    fresh.post("/event" + PLACED, "{\"n\":0}");
    fresh.post("/event" + PLACED, "{\"n\":1}", "x-flowcore-metadata-json", "{\"a\":\"b\"}");
    fresh.post("/event" + PLACED, "{\"n\":2}", "x-flowcore-metadata-json", "{\"producer\":\"me\"}");
    fresh.post("/event" + PLACED, "{\"n\":3}", "x-flowcore-valid-time", "2026-01-01T00:00:00Z");

    assertThat(fresh.events("order.placed"))
        .extracting(event -> event.at("/metadata/producer").asText())
        .containsExactly(
            "flowcore-ingest-worker", "flowcore-ingest-worker", "me", "flowcore-ingest-worker");
  }

  @Test
  void timesComeFromTheFieldThenTheHeaderThenTheClock() {
    Answer answer =
        fresh.post(
            "/events" + PLACED,
            "[{\"at\":\"2026-01-01T10:00:00.5+01:00\"},{}]",
            "x-flowcore-event-time-key",
            "at",
            "x-flowcore-event-time",
            "2025-05-05T05:05:05.123456789Z",
            "x-flowcore-valid-time",
            "1969-07-20T20:17:40Z");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    var events = fresh.events("order.placed");
    assertThat(events.get(0).get("eventTime").asText()).isEqualTo("2025-05-05T05:05:05.123Z");
    assertThat(events.get(0).get("timeBucket").asText()).isEqualTo("20250505050000");
    assertThat(events.get(1).get("eventTime").asText()).isEqualTo("2026-01-01T09:00:00.500Z");
    for (JsonNode event : events) {
      assertThat(event.get("validTime").asText()).isEqualTo("1969-07-20T20:17:40.000Z");
      assertThat(event.at("/metadata/valid-time-on~1stored-event").asText())
          .isEqualTo("1969-07-20T20:17:40.000Z");
      assertThat(event.at("/metadata/event-time").asText())
          .isEqualTo(event.get("eventTime").asText().replace(".123Z", ".123456789Z"));
    }
  }

  @Test
  void metadataIsStoredWithTheTimeOfIngestion() {
    String header =
        Base64.getEncoder()
            .encodeToString("{\"k\":\"v\",\"n\":1,\"ingested-at\":\"forged\"}".getBytes(UTF_8));
    Instant before = Instant.now().minusMillis(1);
    fresh.post("/event" + PLACED, "{}", "x-flowcore-metadata-json", header);

    JsonNode event = fresh.events("order.placed").getFirst();

    assertThat(event.at("/metadata/k").asText()).isEqualTo("v");
    assertThat(event.at("/metadata/n").asText()).isEqualTo("1");
    assertThat(Instant.parse(event.at("/metadata/ingested-at").asText()))
        .isBetween(before, Instant.now());
    assertThat(event.get("validTime")).isEqualTo(event.get("eventTime"));
  }

  @Test
  void aBatchThatItsMetadataMakesTooLargeIsRejected() {
    String metadata = "{\"a\":\"" + "x".repeat(10_000) + "\"}";
    Answer answer =
        worker.post(
            "/events" + PLACED,
            "[{}" + ",{}".repeat(9_999) + "]",
            "x-flowcore-metadata-json",
            metadata);

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.error()).isEqualTo("request_too_large");
    assertThat(answer.message())
        .contains("events of the batch, each with its metadata", "16,777,216");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void metadataIsCountedBeforeItIsBuiltForEveryEventOfABatch() {
    String event = ",{\"at\":\"2026-01-01T00:00:00Z\"}";
    String[] headers = {
      "x-flowcore-metadata-json",
      "{\"a\":\"" + "x".repeat(10_000) + "\"}",
      "x-flowcore-event-time-key",
      "at"
    };
    for (String first : List.of("{}", "{\"at\":5}")) {
      Answer answer =
          worker.post("/events" + PLACED, "[" + first + event.repeat(9_999) + "]", headers);

      assertThat(answer.error()).isEqualTo("request_too_large");
      assertThat(answer.message()).containsPattern("the first 1,6[0-9]{2} events");
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void reservedMetadataOfAClientIsIgnored() {
    Answer answer =
        fresh.post(
            "/event" + PLACED,
            "{}",
            "x-flowcore-metadata-json",
            "{\"event-time\":\"x\",\"valid-time-on/stored-event\":\"y\",\"ingested-at\":\"z\",\"kept\":\"k\"}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);

    JsonNode metadata = fresh.events("order.placed").getFirst().get("metadata");
    assertThat(metadata.get("kept").asText()).isEqualTo("k");
    assertThat(metadata.has("event-time")).isFalse();
    assertThat(metadata.has("valid-time-on/stored-event")).isFalse();
    assertThat(metadata.get("ingested-at").asText()).isNotEqualTo("z");
  }

  @Test
  void anEventThatIsNotArchivedExpiresAtItsTtl() {
    fresh.post(
        "/event" + PLACED,
        "{}",
        "x-flowcore-metadata-json",
        "{\"ttl-on/stored-event\":\"1s\",\"do-not-archive-on/stored-event\":\"true\"}");
    fresh.post(
        "/event" + PLACED, "{}", "x-flowcore-metadata-json", "{\"ttl-on/stored-event\":\"1s\"}");

    await()
        .untilAsserted(() ->
            assertThat(fresh.management("/observe/metrics").body())
                .contains("flowcore_store_expired_events_total 2.0"));
    assertThat(fresh.stored()).as("the event that is not archived yet").isOne();
  }
}
