package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.Ids;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import io.flowcore.worker.event.TimeBucket;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ingestion of single events and batches over HTTP. A rejected request must store nothing. */
class IngestHttpIT {
  /** Stores nothing in any test, so that its store stays empty. */
  @RegisterExtension private static final TestWorkerExtension worker = new TestWorkerExtension();

  /** For each test that stores events. */
  @RegisterExtension private final TestWorkerExtension fresh = new TestWorkerExtension();

  @ParameterizedTest
  @ValueSource(strings = {"", "/api/v1"})
  void anEventIsAcknowledgedWithItsIdAndReadBackUnchanged(String prefix) {
    String payload = "{\"z\": 1.000000000000000000001, \"a\":\"ü\"}";
    Answer answer = fresh.post(prefix + "/event" + PLACED, " " + payload + "\n");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().get("success").asBoolean()).isTrue();
    assertThat(answer.json().get("received").asBoolean()).isTrue();
    assertThat(answer.json().get("flowType").asText()).isEqualTo("orders");
    assertThat(answer.json().get("eventType").asText()).isEqualTo("order.placed");
    String raw = fresh.get(eventsUrl(answer.json().get("eventId").asText())).body();
    assertThat(raw).contains("\"payload\":" + payload + ",");
  }

  private String eventsUrl(String eventId) {
    long ticks = UUID.fromString(eventId).timestamp();
    return "/api/v1/events?eventTypeId="
        + TestWorker.typeId("order.placed")
        + "&timeBucket="
        + TimeBucket.ofTicks(ticks);
  }

  @Test
  void aBatchIsAcknowledgedInOrder() {
    Answer answer = fresh.post("/events" + PLACED, "[{\"n\":0},{\"n\":1},{\"n\":2}]");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("eventIds")).hasSize(3);
    var events = fresh.events("order.placed");
    for (int i = 0; i < 3; i++) {
      assertThat(events.get(i).get("eventId")).isEqualTo(answer.json().get("eventIds").get(i));
      assertThat(events.get(i).at("/payload/n").asInt()).isEqualTo(i);
    }
  }

  @Test
  void theUrlAcceptsTheIdOfTheDataCore() {
    String url = "/event/acme/" + Ids.dataCore("acme", "shop") + "/orders/order.placed";

    assertThat(fresh.post(url, "{}").status()).isEqualTo(200);
    assertThat(fresh.stored()).isEqualTo(1);
  }

  @Test
  void theErrorNamesAnUnknownEventType() {
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
  void anInvalidBodyIsRejected(String url, String body, int status, String error, String message) {
    Answer answer = worker.post("/" + url + PLACED, body == null ? "" : body);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json().get("success").asBoolean()).isFalse();
    assertThat(answer.json().get("statusCode").asInt()).isEqualTo(status);
    assertThat(answer.json().get("status").asInt()).isEqualTo(status);
    assertThat(answer.json().get("code").asText()).isEqualTo(error.toUpperCase(Locale.ROOT));
    assertThat(answer.error()).isEqualTo(error);
    assertThat(answer.message()).contains(message);
    assertThat(worker.stored()).isZero();
  }

  @Test
  void theErrorListsEveryInvalidEventOfABatch() {
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
  void anEventAtTheSizeLimitIsAcceptedAndOneByteMoreIsRejected() {
    String fits = "{\"a\":\"" + "x".repeat(65_536 - 8) + "\"}";
    assertThat(fresh.post("/event" + PLACED, " \n" + fits + "  ").status()).isEqualTo(200);

    Answer single = fresh.post("/event" + PLACED, fits.replace("x\"", "xx\""));
    assertThat(single.status()).isEqualTo(413);
    assertThat(single.error()).isEqualTo("event_too_large");
    assertThat(single.message()).contains("65,537", "65,536");
    Answer batch = fresh.post("/events" + PLACED, "[{}," + fits.replace("x\"", "xx\"") + "]");
    assertThat(batch.status()).isEqualTo(413);
    assertThat(batch.json().at("/details/0/index").asInt()).isEqualTo(1);
    assertThat(fresh.stored()).isEqualTo(1);
  }

  @Test
  void aBatchAboveItsLimitsIsRejected() {
    Answer many = worker.post("/events" + PLACED, "[{}" + ",{}".repeat(10_000) + "]");
    assertThat(many.status()).isEqualTo(413);
    assertThat(many.error()).isEqualTo("batch_too_large");
    assertThat(many.message()).contains("10,000");

    Answer large = worker.post("/events" + PLACED, "[" + " ".repeat(17 << 20) + "]");
    assertThat(large.status()).isEqualTo(413);
    assertThat(large.error()).isEqualTo("request_too_large");
    assertThat(large.message()).contains("16,777,216");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aBatchOf10000EventsIsOneCommit() {
    Answer answer = fresh.post("/events" + PLACED, "[{}" + ",{}".repeat(9_999) + "]");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("eventIds")).hasSize(10_000);
    assertThat(fresh.stored()).isEqualTo(10_000);
    assertThat(fresh.management("/observe/metrics").body())
        .contains("flowcore_store_commit_events_count 1");
  }

  @Test
  void unsupportedMethodsAndUrlsGetTheSameFormOfError() {
    Answer put =
        worker.send(worker.request("/event" + PLACED).PUT(BodyPublishers.ofString("{}")).build());
    assertThat(put.status()).isEqualTo(405);
    assertThat(put.error()).isEqualTo("method_not_allowed");
    assertThat(put.response().headers().firstValue("Allow")).contains("POST");
    assertThat(worker.post("/event/acme/shop/orders%2forder.placed", "{}").error())
        .isEqualTo("not_found");
    assertThat(worker.get("/nothing/here").error()).isEqualTo("not_found");
    assertThat(worker.get("/observe/metrics").status())
        .as("management paths are not served to clients")
        .isEqualTo(404);
  }

  @Test
  void acknowledgedEventsSurviveARestart() throws Exception {
    fresh.post("/events" + PLACED, "[{\"n\":0},{\"n\":1}]");
    fresh.restart();

    assertThat(fresh.stored()).isEqualTo(2);
  }
}
