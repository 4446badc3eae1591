package io.flowcore.worker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Validation of events against the schema of their event type. */
class EventSchemaIT {
  private static final String EVENT_TYPES =
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
      """;

  @RegisterExtension
  private static final TestWorkerExtension worker = new TestWorkerExtension(EVENT_TYPES);

  @Test
  void anEventThatDoesNotMatchItsSchemaIsRejected() {
    assertThat(worker.post("/event/acme/shop/orders/strict", "{\"id\":1}").status()).isEqualTo(200);
    Answer answer = worker.post("/events/acme/shop/orders/strict", "[{\"id\":1},{\"id\":\"x\"}]");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo("schema_mismatch");
    assertThat(answer.json().at("/details/0/index").asInt()).isEqualTo(1);
  }

  @Test
  void noSchemaMakesValidationSlowOrEndless() {
    String aaa = "{\"a\":\"" + "a".repeat(50_000) + "!\"}";
    String deep = "{\"b\":".repeat(900) + "{}" + "}".repeat(900);

    assertThat(worker.post("/event/acme/shop/orders/costly", aaa).error())
        .isEqualTo("schema_mismatch");
    Answer tooDeep = worker.post("/event/acme/shop/orders/costly", deep);
    if (tooDeep.status() != 200) {
      // How deep validation can go depends on the remaining stack. Rejecting the event is correct.
      assertThat(tooDeep.error()).isEqualTo("schema_mismatch");
      assertThat(tooDeep.message()).contains("too deep or too long");
    }
    Answer endless = worker.post("/event/acme/shop/orders/endless", "{}");
    assertThat(endless.error()).isEqualTo("schema_mismatch");
    assertThat(endless.message()).contains("too deep or too long");
    assertNoInternalError();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b", "c"})
  void aNumberOutsideTheSupportedRangeIsASchemaMismatch(String field) {
    for (String number : List.of("1e999", "-1e99999", "1e999999999", "0.1e400")) {
      Answer answer =
          worker.post("/event/acme/shop/orders/counted", "{\"%s\":%s}".formatted(field, number));
      assertThat(answer.error()).as(number).isEqualTo("schema_mismatch");
    }
    worker.post("/event/acme/shop/orders/counted", "{\"%s\":1e-999999999}".formatted(field));
    assertNoInternalError();
  }

  @Test
  void aSchemaRejectsNothingThatItDoesNotMention() {
    String url = "/event/acme/shop/orders/strict";
    for (String more :
        List.of(
            "\"\\ud800\":1",
            "\"a\":{\"x\\udfff\":\"\\udc00\"}",
            "\"" + "n".repeat(60_000) + "\":1",
            "\"a\":\"" + "s".repeat(60_000) + "\"")) {
      Answer answer = worker.post(url, "{\"id\":1," + more + "}");
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      assertThat(worker.post(url, "{\"id\":\"x\"," + more + "}").error())
          .isEqualTo("schema_mismatch");
    }
    Answer longNumber = worker.post(url, "{\"id\":1,\"a\":" + "7".repeat(1_001) + "}");
    assertThat(longNumber.error()).isEqualTo("schema_mismatch");
    assertThat(longNumber.message()).contains("number that is too large");
  }

  private void assertNoInternalError() {
    assertThat(worker.management("/observe/metrics").body())
        .contains("flowcore_http_rejected_requests_total{code=\"internal_error\"} 0.0");
  }
}
