package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static io.flowcore.worker.TestWorker.SHIPPED;
import static io.flowcore.worker.TestWorker.typeId;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.catalog.Ids;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries for events and time buckets over HTTP. */
class QueryHttpIT {
  private static final String TEN = "20260101100000";

  /** Has seven events and gets no more. */
  @RegisterExtension private static final TestWorkerExtension worker = new TestWorkerExtension();

  /** For the test that stores events. */
  @RegisterExtension private final TestWorkerExtension fresh = new TestWorkerExtension();

  @BeforeAll
  static void storeSevenEvents() {
    for (int minute = 0; minute < 5; minute++) {
      post(minute % 2 == 0 ? PLACED : SHIPPED, minute, "2026-01-01T10:0" + minute + ":00Z");
    }
    post(PLACED, 5, "2026-01-01T11:00:00Z");
    post(PLACED, 6, "2026-01-03T00:00:00Z");
  }

  private static void post(String target, int n, String time) {
    assertThat(
            worker
                .post("/event" + target, "{\"n\":" + n + "}", "x-flowcore-event-time", time)
                .status())
        .isEqualTo(200);
  }

  private static String types() {
    return "eventTypeId=" + typeId("order.placed") + "&eventTypeId=" + typeId("order.shipped");
  }

  private List<Integer> numbers(String parameters) {
    return numbers(worker.get("/api/v1/events?" + parameters));
  }

  private static List<Integer> numbers(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    List<Integer> numbers = new ArrayList<>();
    answer.json().get("events").forEach(event -> numbers.add(event.at("/payload/n").asInt()));
    return numbers;
  }

  private List<String> ids() {
    List<String> ids = new ArrayList<>();
    worker
        .get("/api/v1/events?" + types() + "&timeBucket=" + TEN)
        .json()
        .get("events")
        .forEach(e -> ids.add(e.get("eventId").asText()));
    return ids;
  }

  @Test
  void eventsOfSeveralTypesAreMergedInTheOrderOfTheirIds() {
    assertThat(numbers(types() + "&timeBucket=" + TEN)).containsExactly(0, 1, 2, 3, 4);
    assertThat(numbers(types() + "&timeBucket=" + TEN + "&order=desc&includeSensitiveData=true"))
        .containsExactly(4, 3, 2, 1, 0);
    assertThat(numbers("eventTypeId=" + typeId("order.shipped") + "&timeBucket=" + TEN))
        .containsExactly(1, 3);
  }

  @ParameterizedTest
  @CsvSource({"asc,1", "asc,2", "asc,5", "asc,6", "desc,1", "desc,2", "desc,3"})
  void pagesOfEventsHaveNoGapsAndNoOverlaps(String order, int pageSize) {
    List<Integer> all = new ArrayList<>();
    String cursor = "";
    do {
      Answer page =
          worker.get(
              "/api/v1/events?"
                  + types()
                  + "&timeBucket="
                  + TEN
                  + "&order="
                  + order
                  + "&pageSize="
                  + pageSize
                  + cursor);
      assertThat(page.json().get("events").size()).isLessThanOrEqualTo(pageSize);
      all.addAll(numbers(page));
      cursor =
          page.json().has("nextCursor") ? "&cursor=" + page.json().get("nextCursor").asText() : "";
    } while (!cursor.isEmpty());

    assertThat(all)
        .isEqualTo(order.equals("asc") ? List.of(0, 1, 2, 3, 4) : List.of(4, 3, 2, 1, 0));
  }

  @Test
  void fromAndToAreInclusiveAndAfterIsExclusive() {
    List<String> ids = ids();
    String base = types() + "&timeBucket=" + TEN;

    assertThat(numbers(base + "&fromEventId=" + ids.get(2))).containsExactly(2, 3, 4);
    assertThat(numbers(base + "&afterEventId=" + ids.get(2))).containsExactly(3, 4);
    assertThat(numbers(base + "&toEventId=" + ids.get(2))).containsExactly(0, 1, 2);
    assertThat(
            numbers(
                base + "&afterEventId=" + ids.get(1) + "&toEventId=" + ids.get(3) + "&order=desc"))
        .containsExactly(3, 2);
    assertThat(numbers(base + "&fromEventId=" + ids.get(3) + "&toEventId=" + ids.get(1))).isEmpty();
  }

  @Test
  void anEventHasTheFieldsThatThePublishedClientsCheck() {
    JsonNode event =
        worker.get("/api/v1/events?" + types() + "&timeBucket=" + TEN).json().get("events").get(0);

    assertThat(event.get("timeBucket").asText()).isEqualTo(TEN);
    assertThat(event.get("tenant").asText()).isEqualTo("acme");
    assertThat(event.get("dataCoreId").asText()).isEqualTo(Ids.dataCore("acme", "shop").toString());
    assertThat(event.get("flowType").asText()).isEqualTo("orders");
    assertThat(event.get("eventType").asText()).isEqualTo("order.placed");
    assertThat(event.get("eventTime").asText()).isEqualTo("2026-01-01T10:00:00.000Z");
    assertThat(event.get("validTime").asText()).isEqualTo("2026-01-01T10:00:00.000Z");
    assertThat(event.at("/metadata/event-time").asText()).isEqualTo("2026-01-01T10:00:00.000Z");
  }

  @Test
  void eventsCanBeQueriedByNames() {
    String body =
        "{\"tenant\":\"acme\",\"dataCoreId\":\"%s\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"],\"timeBucket\":\"%s\"}"
            .formatted(Ids.dataCore("acme", "shop"), TEN);

    assertThat(numbers(worker.post("/api/v1/events?pageSize=2", body))).containsExactly(0, 2);
    assertThat(worker.post("/api/v1/events", body.replace("order.placed", "nope")).error())
        .isEqualTo("unknown_event_type");
    assertThat(worker.post("/api/v1/events", body.replace("acme", "else")).error())
        .isEqualTo("forbidden");
  }

  private List<String> buckets(String parameters) {
    List<String> buckets = new ArrayList<>();
    worker
        .get("/api/v1/time-buckets?" + types() + parameters)
        .json()
        .get("timeBuckets")
        .forEach(b -> buckets.add(b.asText()));
    return buckets;
  }

  @Test
  void timeBucketsAreListedWithinBoundsInBothOrders() {
    assertThat(buckets("")).containsExactly(TEN, "20260101110000", "20260103000000");
    assertThat(buckets("&order=desc")).containsExactly("20260103000000", "20260101110000", TEN);
    assertThat(buckets("&fromTimeBucket=20260101110000"))
        .containsExactly("20260101110000", "20260103000000");
    assertThat(buckets("&toTimeBucket=20260101113000")).containsExactly(TEN, "20260101110000");
    assertThat(buckets("&fromTimeBucket=20270101000000")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"asc", "desc"})
  void pagesOfTimeBucketsHaveNoGapsAndNoOverlaps(String order) {
    List<String> all = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page =
          worker
              .get("/api/v1/time-buckets?" + types() + "&pageSize=1&order=" + order + cursor)
              .json();
      page.get("timeBuckets").forEach(bucket -> all.add(bucket.asText()));
      assertThat(page.path("nextCursor").isMissingNode() || page.get("nextCursor").isNumber())
          .isTrue();
      cursor = page.has("nextCursor") ? "&cursor=" + page.get("nextCursor").asText() : "";
    } while (!cursor.isEmpty());

    assertThat(all).isEqualTo(buckets("&order=" + order));
  }

  @Test
  void timeBucketsCanBeQueriedByNames() {
    String body =
        "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.shipped\"],\"pageSize\":5}";

    assertThat(worker.post("/api/v1/time-buckets/by-names", body).body())
        .isEqualTo("{\"timeBuckets\":[\"" + TEN + "\"]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/v1/events?timeBucket=20260101100000|eventTypeId is required",
        "/api/v1/events?%s|timeBucket is required",
        "/api/v1/events?%s&timeBucket=2026|yyyyMMddHH0000",
        "/api/v1/events?%s&timeBucket=20260101100000&pageSize=0|from 1 to 10000",
        "/api/v1/events?%s&timeBucket=20260101100000&pageSize=10001|from 1 to 10000",
        "/api/v1/events?%s&timeBucket=20260101100000&pageSize=x|must be a number",
        "/api/v1/events?%s&timeBucket=20260101100000&order=up|asc or desc",
        "/api/v1/events?%s&timeBucket=20260101100000&cursor=abc|version-1 UUID",
        "/api/v1/time-buckets?%s&cursor=-1|nextCursor of the previous page",
        "/api/v1/time-buckets?eventTypeId=x|must be a UUID",
        "/api/v1/events?%s&timeBucket=99990101000000|from 15821015",
      })
  void theErrorNamesAnInvalidParameter(String url, String message) {
    Answer answer = worker.get(url.formatted(types()));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo("invalid_parameter");
    assertThat(answer.message()).contains(message);
  }

  @Test
  void optionsCanBeInTheBodyOrInTheUrl() {
    String body =
        "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"],"
            + "\"timeBucket\":\"%s\",\"pageSize\":1,\"order\":\"desc\"}".formatted(TEN);
    JsonNode inBody = worker.post("/api/v1/events", body).json();
    JsonNode inUrl =
        worker
            .post(
                "/api/v1/events?pageSize=1&order=desc",
                body.replace(",\"pageSize\":1,\"order\":\"desc\"", ""))
            .json();

    assertThat(inBody.get("events")).hasSize(1);
    assertThat(inBody).isEqualTo(inUrl);
    assertThat(
            worker.post("/api/v1/time-buckets/by-names?pageSize=1", body).json().get("timeBuckets"))
        .hasSize(1);
  }

  @Test
  void aBodyMustListEventTypesAndBeOneObject() {
    String names =
        "{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"timeBucket\":\"%s\",\"eventTypes\":%s}";

    assertThat(worker.post("/api/v1/events", names.formatted(TEN, "\"order.placed\"")).message())
        .contains("eventTypes must be an array of names");
    assertThat(
            worker
                .post("/api/v1/events", names.formatted(TEN, "[\"order.placed\"]") + "{}")
                .error())
        .isEqualTo("invalid_json");
  }

  @Test
  void anUnknownEventTypeIsNotFound() {
    assertThat(
            worker
                .get("/api/v1/events?eventTypeId=" + typeId("nope") + "&timeBucket=" + TEN)
                .error())
        .isEqualTo("unknown_event_type");
  }

  @Test
  void aPageOfManyEventsIsComplete() {
    String batch = "[{\"n\":0}" + ",{\"n\":1}".repeat(9_999) + "]";
    fresh.post("/events" + PLACED, batch, "x-flowcore-event-time", "2026-02-02T00:00:00Z");
    fresh.post("/events" + PLACED, batch, "x-flowcore-event-time", "2026-02-02T00:30:00Z");
    Answer first = fresh.get("/api/v1/events?" + types() + "&timeBucket=20260202000000");
    Answer second =
        fresh.get(
            "/api/v1/events?"
                + types()
                + "&timeBucket=20260202000000&cursor="
                + first.json().get("nextCursor").asText());

    assertThat(first.json().get("events")).hasSize(10_000);
    assertThat(second.json().get("events")).hasSize(10_000);
    assertThat(second.json().has("nextCursor")).isFalse();
  }
}
