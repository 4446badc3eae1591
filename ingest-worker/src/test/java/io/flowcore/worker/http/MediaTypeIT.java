package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The types of bodies that ingestion accepts, and the event types that accept files. */
class MediaTypeIT {
  private static final String EVENT_TYPES =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: checked}
      spec: {flowTypeRef: {name: orders}, name: checked, schema: {required: [id]}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: small}
      spec: {flowTypeRef: {name: orders}, name: small, maxEventSize: 1Ki}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: no-files}
      spec: {flowTypeRef: {name: orders}, name: no-files, files: false}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: both}
      spec: {flowTypeRef: {name: orders}, name: both, files: true, maxEventSize: 1Ki, schema: {required: [id]}}
      """;

  private static final String FORM = "application/x-www-form-urlencoded";

  /** Stores nothing in any test, so that its store stays empty. */
  @RegisterExtension
  private static final TestWorkerExtension worker = new TestWorkerExtension(EVENT_TYPES);

  /** For each test that stores events. */
  @RegisterExtension private final TestWorkerExtension fresh = new TestWorkerExtension(EVENT_TYPES);

  private static void assertUnsupported(Answer answer, String... message) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(415);
    assertThat(answer.error()).isEqualTo("unsupported_media_type");
    assertThat(answer.message()).contains(message);
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json; charset=us-ascii",
        "application/cloudevents+json",
        "text/json",
        "text/plain",
        "text/plain;charset=UTF-8",
        FORM,
        FORM + "; charset=utf-8",
        ""
      })
  void jsonIsAcceptedUnderTheTypesThatSendersGiveIt(String type) {
    Answer single = fresh.post("/event" + PLACED, " \n{\"a\":1}", "Content-Type", type);
    Answer batch = fresh.post("/events" + PLACED, "\t[{}]", "Content-Type", type);

    assertThat(single.status()).as(single.body()).isEqualTo(200);
    assertThat(batch.status()).as(batch.body()).isEqualTo(200);
    assertThat(fresh.stored()).isEqualTo(2);
  }

  @Test
  void aBodyWithoutAContentTypeIsReadAsJson() {
    for (String[] each : new String[][] {{"/event", "{}"}, {"/events", "[{}]"}}) {
      HttpRequest.Builder request = fresh.request(each[0] + PLACED);
      Answer answer = fresh.send(request.POST(BodyPublishers.ofString(each[1])).build());
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
    assertThat(fresh.stored()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/xml", "text/html", "application/octet-stream", "json", "text/csv"})
  void anyOtherTypeIsRejected(String type) {
    assertUnsupported(
        worker.post("/event" + PLACED, "{}", "Content-Type", type), type, "application/json");
    assertUnsupported(worker.post("/events" + PLACED, "[{}]", "Content-Type", type), type);
    assertUnsupported(
        worker.post("/file" + PLACED, "{}", "Content-Type", type), type, "multipart/form-data");
  }

  @Test
  void aFormThatIsNotJsonIsRejected() {
    assertUnsupported(
        worker.post("/event" + PLACED, "a=1&b=2", "Content-Type", FORM), FORM, "application/json");
    assertUnsupported(worker.post("/events" + PLACED, "a=[]", "Content-Type", FORM), FORM);
    assertUnsupported(worker.post("/event" + PLACED, "7", "Content-Type", FORM), FORM);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{\"a\":}|column 6", "[{}|column", "''|empty"})
  void aMistakeInTheJsonOfAFormIsReportedAsInvalidJson(String body, String message) {
    Answer answer = worker.post("/event" + PLACED, body, "Content-Type", FORM);

    assertThat(answer.error()).isEqualTo("invalid_json");
    assertThat(answer.message()).contains(message);
  }

  @Test
  void anotherCharsetIsAcceptedOnlyIfItCannotChangeTheText() {
    for (String type :
        new String[] {"application/json; charset=iso-8859-1", "text/plain; charset=Windows-1252"}) {
      // These bytes are valid UTF-8 with another meaning.
      byte[] body = "{\"a\":\"\u00c3\u00bc\"}".getBytes(ISO_8859_1);
      assertUnsupported(
          worker.post("/event" + PLACED, body, "Content-Type", type), "charset", "UTF-8");
      assertThat(
              fresh.post("/event" + PLACED, "{\"a\":\"\\u00fc\"}", "Content-Type", type).status())
          .isEqualTo(200);
    }
    assertThat(fresh.stored()).isEqualTo(2);
  }

  @Test
  void twoContentTypesAreRejected() {
    HttpRequest request =
        worker
            .request("/event" + PLACED)
            .header("Content-Type", "application/json")
            .header("Content-Type", "text/plain")
            .POST(BodyPublishers.ofString("{}"))
            .build();
    assertUnsupported(worker.send(request), "content-type appears 2 times");
  }

  private static byte[] form() {
    return new MultipartForm()
        .field("type", "t")
        .file("a", "x".repeat(5_000).getBytes(UTF_8))
        .end();
  }

  @ParameterizedTest
  @ValueSource(strings = {"checked", "small", "no-files"})
  void anEventTypeWithLimitsForItsEventsAcceptsNoFiles(String eventType) {
    for (String url : new String[] {"/file", "/events", "/api/v1/file", "/api/v1/events"}) {
      assertUnsupported(
          worker.post(
              url + "/acme/shop/orders/" + eventType,
              form(),
              "Content-Type",
              MultipartForm.CONTENT_TYPE),
          eventType,
          "does not accept files",
          "spec.files: true");
    }
    assertThat(worker.events(eventType)).isEmpty();
    assertThat(worker.spool()).isEmptyDirectory();
  }

  @Test
  void anEventTypeThatAllowsFilesAcceptsThemWithoutChecks() {
    String url = "/acme/shop/orders/both";
    Answer file = fresh.post("/file" + url, form(), "Content-Type", MultipartForm.CONTENT_TYPE);

    assertThat(file.status()).as(file.body()).isEqualTo(200);
    assertThat(fresh.events("both")).hasSize(1);
    assertThat(fresh.post("/event" + url, "{}").error()).isEqualTo("schema_mismatch");
    assertThat(fresh.post("/event" + url, "{\"id\":\"" + "x".repeat(1_024) + "\"}").error())
        .isEqualTo("event_too_large");
  }

  @Test
  void aFormOnTheUrlOfSingleEventsNamesTheUrlOfFiles() {
    assertUnsupported(
        worker.post("/event" + PLACED, form(), "Content-Type", MultipartForm.CONTENT_TYPE),
        "multipart/form-data",
        "/file/");
  }
}
