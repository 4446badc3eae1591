package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.catalog.Ids;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorker.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The ingest half of the HTTP contract, row by row. What is refused is checked not to be stored.
 */
class IngestHttpIT {
  private static final String MORE =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: strict}
      spec:
        flowTypeRef: {name: orders}
        name: strict
        schema: {type: object, required: [id], properties: {id: {type: integer}}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: costly}
      spec:
        flowTypeRef: {name: orders}
        name: costly
        schema: {properties: {a: {pattern: "^(a+)+$"}, b: {$ref: "#"}}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: counted}
      spec:
        flowTypeRef: {name: orders}
        name: counted
        schema: {properties: {a: {multipleOf: 3}, b: {enum: [1, 2]}, c: {const: 5}}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: endless}
      spec:
        flowTypeRef: {name: orders}
        name: endless
        schema: {$ref: "#"}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: read-only}
      spec: {dataCoreRef: {name: shop}, permissions: [fetch], existingSecretRef: {name: keys, key: readonly}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: scoped}
      spec:
        dataCoreRef: {name: shop}
        permissions: [ingest, fetch]
        allow: [{flowType: orders, eventTypes: [order.shipped]}]
        existingSecretRef: {name: keys, key: scoped}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: expired}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], expiresAt: "2020-01-01T00:00:00Z", existingSecretRef: {name: keys, key: expired}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: suspended}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], suspended: true, existingSecretRef: {name: keys, key: suspended}}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: keys}
      stringData:
        readonly: fc_readonly_0123456789abcdef
        scoped: fc_scoped_0123456789abcdef
        expired: fc_expired_0123456789abcdef
        suspended: fc_suspended_0123456789abcdef
      """;

  @TempDir private Path folder;
  private TestWorker worker;

  @BeforeEach
  void start() throws Exception {
    worker = TestWorker.start(folder, MORE);
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/api/v1"})
  void aSingleEventIsAcknowledgedWithItsIdAndReadBackAsItWas(String prefix) {
    String payload = "{\"z\": 1.000000000000000000001, \"a\":\"ü\"}";
    Answer answer = worker.post(prefix + "/event" + PLACED, " " + payload + "\n");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().get("success").asBoolean()).isTrue();
    assertThat(answer.json().get("received").asBoolean()).isTrue();
    assertThat(answer.json().get("flowType").asText()).isEqualTo("orders");
    assertThat(answer.json().get("eventType").asText()).isEqualTo("order.placed");
    String raw = worker.get(eventsUrl(answer.json().get("eventId").asText())).body();
    assertThat(raw).contains("\"payload\":" + payload + ",");
  }

  private String eventsUrl(String eventId) {
    long ticks = UUID.fromString(eventId).timestamp();
    return "/api/v1/events?eventTypeId="
        + TestWorker.typeId("order.placed")
        + "&timeBucket="
        + io.flowcore.worker.event.TimeBucket.ofTicks(ticks);
  }

  @Test
  void aBatchIsAcknowledgedInItsOrder() {
    Answer answer = worker.post("/events" + PLACED, "[{\"n\":0},{\"n\":1},{\"n\":2}]");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("eventIds")).hasSize(3);
    var events = worker.events("order.placed");
    for (int i = 0; i < 3; i++) {
      assertThat(events.get(i).get("eventId")).isEqualTo(answer.json().get("eventIds").get(i));
      assertThat(events.get(i).at("/payload/n").asInt()).isEqualTo(i);
    }
  }

  @Test
  void theDataCoreMayBeNamedByItsId() {
    String url = "/event/acme/" + Ids.dataCore("acme", "shop") + "/orders/order.placed";

    assertThat(worker.post(url, "{}").status()).isEqualTo(200);
    assertThat(worker.stored()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        KEY,
        "Bearer " + KEY,
        "bearer " + KEY,
        "ApiKey quickstart:" + KEY,
        " ApiKey any:" + KEY
      })
  void theKeyComesInAnyOfItsForms(String header) {
    var request =
        worker
            .bare("/event" + PLACED)
            .header("Authorization", header)
            .POST(BodyPublishers.ofString("{}"));

    assertThat(worker.send(request.build()).status()).isEqualTo(200);
  }

  @Test
  void theKeyMayStandInTheUrl() {
    var request =
        worker.bare("/event" + PLACED + "?key=" + KEY).POST(BodyPublishers.ofString("{}"));

    assertThat(worker.send(request.build()).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Basic abc",
        "fc_quickstart_wrong-secret-0000",
        "fc_nobody_0123456789abcdef",
        "Bearer fc_quickstart_",
        "ApiKey x"
      })
  void aStrangerGetsOneAnswerWhateverTheUrl(String header) {
    for (String path :
        new String[] {"/event" + PLACED, "/event/no/such/place/here", "/events" + PLACED}) {
      var request = worker.bare(path).POST(BodyPublishers.ofString("{"));
      if (!header.isEmpty()) {
        request.header("Authorization", header);
      }
      Answer answer = worker.send(request.build());
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.error()).isEqualTo("unauthenticated");
      assertThat(answer.response().headers().firstValue("WWW-Authenticate")).contains("Bearer");
    }
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "fc_readonly_0123456789abcdef,permission 'ingest'",
    "fc_scoped_0123456789abcdef,outside the key's scope",
    "fc_expired_0123456789abcdef,expired",
    "fc_suspended_0123456789abcdef,suspended"
  })
  void aKeyThatDoesNotOpenThisIsForbidden(String key, String why) {
    Answer answer = worker.post("/event" + PLACED, "{}", "Authorization", key);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.error()).isEqualTo("forbidden");
    assertThat(answer.message()).contains(why);
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aForeignDataCoreIsForbiddenWhetherItExistsOrNot() {
    assertThat(worker.post("/event/acme/other/orders/order.placed", "{}").error())
        .isEqualTo("forbidden");
    assertThat(worker.post("/event/other/shop/orders/order.placed", "{}").error())
        .isEqualTo("forbidden");
  }

  @Test
  void anUnknownEventTypeIsNamed() {
    Answer answer = worker.post("/event/acme/shop/orders/order.lost", "{}");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.error()).isEqualTo("unknown_event_type");
    assertThat(answer.message()).contains("order.lost", "orders", "shop");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "event|{\"a\":}|400|invalid_json|line 1, column 6",
        "event||400|invalid_json|empty",
        "event|[]|400|payload_not_object|/events/",
        "event|7|400|payload_not_object|a number",
        "events|{}|400|not_an_array|/event/",
        "events|[]|400|empty_batch|no event",
        "events|[{},4]|400|payload_not_object|event 1",
      })
  void aBadBodyIsRefused(String url, String body, int status, String error, String message) {
    Answer answer = worker.post("/" + url + PLACED, body == null ? "" : body);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().get("success").asBoolean()).isFalse();
    assertThat(answer.json().get("statusCode").asInt()).isEqualTo(status);
    assertThat(answer.error()).isEqualTo(error);
    assertThat(answer.message()).contains(message);
    assertThat(worker.stored()).isZero();
  }

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
  void aBadHeaderIsRefused(String header, String value, String error) {
    for (String[] request : new String[][] {{"/event", "{}"}, {"/events", "[{}]"}}) {
      Answer answer = worker.post(request[0] + PLACED, request[1], header, value);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.error()).isEqualTo(error);
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aBadTimeInABatchIsNamedByItsIndex() {
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
  void timesComeFromTheFieldThenTheHeaderThenTheClock() {
    Answer answer =
        worker.post(
            "/events" + PLACED,
            "[{\"at\":\"2026-01-01T10:00:00.5+01:00\"},{}]",
            "x-flowcore-event-time-key",
            "at",
            "x-flowcore-event-time",
            "2025-05-05T05:05:05.123456789Z",
            "x-flowcore-valid-time",
            "1969-07-20T20:17:40Z");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    var events = worker.events("order.placed");
    assertThat(events.get(0).get("eventTime").asText()).isEqualTo("2025-05-05T05:05:05.123456700Z");
    assertThat(events.get(0).get("timeBucket").asText()).isEqualTo("20250505050000");
    assertThat(events.get(1).get("eventTime").asText()).isEqualTo("2026-01-01T09:00:00.500Z");
    for (JsonNode event : events) {
      assertThat(event.get("validTime").asText()).isEqualTo("1969-07-20T20:17:40.000Z");
      assertThat(event.at("/metadata/valid-time-on~1stored-event").asText())
          .isEqualTo("1969-07-20T20:17:40.000Z");
      assertThat(event.at("/metadata/event-time").asText())
          .isEqualTo(event.get("eventTime").asText().replace("456700", "456789"));
    }
  }

  @Test
  void metadataIsStoredWithTheTimeOfIngestion() {
    String header =
        Base64.getEncoder()
            .encodeToString("{\"k\":\"v\",\"n\":1,\"ingested-at\":\"forged\"}".getBytes(UTF_8));
    Instant before = Instant.now().minusMillis(1);
    worker.post("/event" + PLACED, "{}", "x-flowcore-metadata-json", header);

    JsonNode event = worker.events("order.placed").getFirst();

    assertThat(event.at("/metadata/k").asText()).isEqualTo("v");
    assertThat(event.at("/metadata/n").asText()).isEqualTo("1");
    assertThat(Instant.parse(event.at("/metadata/ingested-at").asText()))
        .isBetween(before, Instant.now());
    assertThat(event.get("validTime")).isEqualTo(event.get("eventTime"));
  }

  @Test
  void anEventAtItsLimitPassesAndOneByteMoreDoesNot() {
    String fits = "{\"a\":\"" + "x".repeat(65_536 - 8) + "\"}";
    assertThat(worker.post("/event" + PLACED, " \n" + fits + "  ").status()).isEqualTo(200);

    Answer single = worker.post("/event" + PLACED, fits.replace("x\"", "xx\""));
    assertThat(single.status()).isEqualTo(413);
    assertThat(single.error()).isEqualTo("event_too_large");
    assertThat(single.message()).contains("65,537", "65,536");
    Answer batch = worker.post("/events" + PLACED, "[{}," + fits.replace("x\"", "xx\"") + "]");
    assertThat(batch.status()).isEqualTo(413);
    assertThat(batch.json().at("/details/0/index").asInt()).isEqualTo(1);
    assertThat(worker.stored()).isEqualTo(1);
  }

  @Test
  void aBatchBeyondItsLimitsIsRefused() {
    Answer many = worker.post("/events" + PLACED, "[{}" + ",{}".repeat(10_000) + "]");
    assertThat(many.status()).isEqualTo(413);
    assertThat(many.error()).isEqualTo("batch_too_large");
    assertThat(many.message()).contains("10,000");

    Answer large = worker.post("/events" + PLACED, "[" + " ".repeat(17 << 20) + "]");
    assertThat(large.status()).isEqualTo(413);
    assertThat(large.error()).isEqualTo("request_too_large");
    assertThat(large.message()).contains(String.valueOf(16 << 20));
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aBatchOf10000EventsIsOneWrite() {
    Answer answer = worker.post("/events" + PLACED, "[{}" + ",{}".repeat(9_999) + "]");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("eventIds")).hasSize(10_000);
    assertThat(worker.stored()).isEqualTo(10_000);
    assertThat(worker.management("/observe/metrics").body())
        .contains("flowcore_store_commit_events_count 1");
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain,415",
    "application/x-www-form-urlencoded,415",
    "application/json; charset=utf-8,200",
    "application/cloudevents+json,200"
  })
  void onlyJsonIsTaken(String type, int status) {
    assertThat(worker.post("/event" + PLACED, "{}", "Content-Type", type).status())
        .isEqualTo(status);
  }

  @Test
  void otherMethodsAndUrlsAreRefusedInTheSameForm() {
    Answer put =
        worker.send(worker.request("/event" + PLACED).PUT(BodyPublishers.ofString("{}")).build());
    assertThat(put.status()).isEqualTo(405);
    assertThat(put.error()).isEqualTo("method_not_allowed");
    assertThat(put.response().headers().firstValue("Allow")).contains("POST");
    assertThat(worker.post("/event/acme/shop/orders%2forder.placed", "{}").error())
        .isEqualTo("not_found");
    assertThat(worker.get("/nothing/here").error()).isEqualTo("not_found");
    assertThat(worker.get("/observe/metrics").status())
        .as("management is not for clients")
        .isEqualTo(404);
  }

  @Test
  void compressedBodiesAreInflated() throws IOException {
    byte[] json = "{\"n\":1}".getBytes(UTF_8);
    assertThat(worker.post("/event" + PLACED, gzip(json), "Content-Encoding", "gzip").status())
        .isEqualTo(200);
    assertThat(
            worker
                .post("/event" + PLACED, deflate(json, false), "Content-Encoding", "deflate")
                .status())
        .isEqualTo(200);
    assertThat(
            worker
                .post("/event" + PLACED, deflate(json, true), "Content-Encoding", "Deflate")
                .status())
        .isEqualTo(200);
    assertThat(worker.post("/event" + PLACED, json, "Content-Encoding", "identity").status())
        .isEqualTo(200);
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.write(gzip("{\"n\":".getBytes(UTF_8)));
    members.write(gzip("1}".getBytes(UTF_8)));
    assertThat(
            worker
                .post("/event" + PLACED, members.toByteArray(), "Content-Encoding", "gzip")
                .status())
        .isEqualTo(200);
    assertThat(worker.events("order.placed"))
        .hasSize(5)
        .allMatch(event -> event.get("payload").toString().equals("{\"n\":1}"));
  }

  @Test
  void whatIsNotInflatableIsRefused() throws IOException {
    byte[] gzip = gzip("{\"n\":1}".getBytes(UTF_8));
    byte[] torn = java.util.Arrays.copyOf(gzip, gzip.length - 9);
    byte[] damaged = gzip.clone();
    damaged[gzip.length - 6] ^= 1;
    for (byte[] body : new byte[][] {torn, damaged, "{}".getBytes(UTF_8)}) {
      Answer answer = worker.post("/event" + PLACED, body, "Content-Encoding", "gzip");
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
      assertThat(answer.error()).isEqualTo("invalid_encoding");
    }
    assertThat(worker.post("/event" + PLACED, gzip, "Content-Encoding", "br").error())
        .isEqualTo("unsupported_encoding");
    assertThat(worker.stored()).isZero();
  }

  static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static byte[] deflate(byte[] content, boolean raw) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new DeflaterOutputStream(bytes, new Deflater(6, raw))) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void anEventThatDoesNotFitItsSchemaIsRefused() {
    assertThat(worker.post("/event/acme/shop/orders/strict", "{\"id\":1}").status()).isEqualTo(200);
    Answer answer = worker.post("/events/acme/shop/orders/strict", "[{\"id\":1},{\"id\":\"x\"}]");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo("schema_mismatch");
    assertThat(answer.json().at("/details/0/index").asInt()).isEqualTo(1);
  }

  @Test
  void aSchemaMakesNoEventCostlyOrEndless() {
    String aaa = "{\"a\":\"" + "a".repeat(50_000) + "!\"}";
    String deep = "{\"b\":".repeat(900) + "{}" + "}".repeat(900);

    assertThat(worker.post("/event/acme/shop/orders/costly", aaa).error())
        .isEqualTo("schema_mismatch");
    Answer tooDeep = worker.post("/event/acme/shop/orders/costly", deep);
    if (tooDeep.status() != 200) {
      // How deep a check may go depends on the stack that is left; to say so is all right.
      assertThat(tooDeep.error()).isEqualTo("schema_mismatch");
      assertThat(tooDeep.message()).contains("too deep or too long");
    }
    Answer endless = worker.post("/event/acme/shop/orders/endless", "{}");
    assertThat(endless.error()).isEqualTo("schema_mismatch");
    assertThat(endless.message()).contains("too deep or too long");
    assertNothingFailed();
  }

  private void assertNothingFailed() {
    assertThat(worker.management("/observe/metrics").body())
        .contains("flowcore_http_refused_requests_total{code=\"internal_error\"} 0.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b", "c"})
  void aNumberBeyondAllBoundsIsAMismatchAndNoFailure(String field) {
    for (String number : List.of("1e999", "-1e99999", "1e999999999", "0.1e400")) {
      Answer answer =
          worker.post("/event/acme/shop/orders/counted", "{\"%s\":%s}".formatted(field, number));
      assertThat(answer.error()).as(number).isEqualTo("schema_mismatch");
    }
    worker.post("/event/acme/shop/orders/counted", "{\"%s\":1e-999999999}".formatted(field));
    assertNothingFailed();
  }

  @Test
  void aBatchThatItsMetadataMakesLargeIsRefused() {
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
  void metadataIsCountedBeforeItIsMadeForEveryEventOfABatch() {
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
  void everyKindOfBadEventOfABatchIsListed() {
    Answer answer =
        worker.post(
            "/events" + PLACED,
            "[{},1,{\"a\":\"" + "x".repeat(70_000) + "\"},{\"at\":\"soon\"}]",
            "x-flowcore-event-time-key",
            "at");

    assertThat(answer.json().get("details"))
        .extracting(detail -> detail.get("index").asInt() + " " + detail.get("error").asText())
        .containsExactly("1 payload_not_object", "2 event_too_large", "3 invalid_event_time");
    assertThat(answer.message()).contains("3 invalid events in total");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void entriesThatOnlyTheWorkerWritesAreNotASenders() {
    Answer answer =
        worker.post(
            "/event" + PLACED,
            "{}",
            "x-flowcore-metadata-json",
            "{\"event-time\":\"x\",\"valid-time-on/stored-event\":\"y\",\"ingested-at\":\"z\",\"kept\":\"k\"}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);

    JsonNode metadata = worker.events("order.placed").getFirst().get("metadata");
    assertThat(metadata.get("kept").asText()).isEqualTo("k");
    assertThat(metadata.has("event-time")).isFalse();
    assertThat(metadata.has("valid-time-on/stored-event")).isFalse();
    assertThat(metadata.get("ingested-at").asText()).isNotEqualTo("z");
  }

  @Test
  void anEventThatIsNotToBeArchivedGoesWhenItsTtlHasPassed() {
    worker.post(
        "/event" + PLACED,
        "{}",
        "x-flowcore-metadata-json",
        "{\"ttl-on/stored-event\":\"1s\",\"do-not-archive-on/stored-event\":\"true\"}");
    worker.post(
        "/event" + PLACED, "{}", "x-flowcore-metadata-json", "{\"ttl-on/stored-event\":\"1s\"}");

    await()
        .untilAsserted(() ->
            assertThat(worker.management("/observe/metrics").body())
                .contains("flowcore_store_expired_events_total 2.0"));
    assertThat(worker.stored()).as("the one that waits for the archive").isOne();
  }

  @Test
  void everythingAcknowledgedIsThereAfterARestart() throws Exception {
    worker.post("/events" + PLACED, "[{\"n\":0},{\"n\":1}]");
    worker.restart();

    assertThat(worker.stored()).isEqualTo(2);
  }

  @Test
  void noKeyShowsUpInAnyAnswerOrMetric() {
    worker.post("/event" + PLACED, "{}");
    worker.post("/event" + PLACED, "{");
    worker.post("/event/acme/shop/orders/nope?key=" + KEY, "{}");

    assertThat(worker.management("/observe/metrics").body()).doesNotContain("for-trying-only");
    assertThat(worker.management("/observe/catalog").body()).doesNotContain("for-trying-only");
  }
}
