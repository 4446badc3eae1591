package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.flowcore.catalog.Ids;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.DocumentedRequest.Response;
import io.flowcore.worker.limit.RequestMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The OpenAPI document is correct: a running worker returns every documented response, in the
 * documented form, and accepts every example.
 */
class OpenApiIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Provoked by other tests, or only by a defect. */
  private static final Set<String> CODES_WITHOUT_ATTEMPT =
      Set.of("internal_error", "damaged_event", "http_version");

  private static final String RESOURCES =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: strict}
      spec: {flowTypeRef: {name: orders}, name: strict, schema: {properties: {id: {type: integer}}}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: readonly}
      spec: {dataCoreRef: {name: shop}, permissions: [fetch], existingSecretRef: {name: keys, key: readonly}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: ingest-only}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest], existingSecretRef: {name: keys, key: ingest-only}}
      ---
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: scoped}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest, fetch], allow: [{flowType: else}], existingSecretRef: {name: keys, key: scoped}}
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
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: limited}
      spec: {dataCoreRef: {name: shop}, permissions: [ingest, fetch], rateLimit: {requestsPerSecond: 1}, existingSecretRef: {name: keys, key: limited}}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: keys}
      stringData:
        limited: fc_limited_0123456789abcdef
        readonly: fc_readonly_0123456789abcdef
        ingest-only: fc_ingest-only_0123456789abcdef
        scoped: fc_scoped_0123456789abcdef
        expired: fc_expired_0123456789abcdef
        suspended: fc_suspended_0123456789abcdef
      """;

  @RegisterExtension
  private static final TestWorkerExtension worker =
      new TestWorkerExtension(Duration.ofSeconds(2), RESOURCES);

  /** Rejects bodies and queries because it has no memory for them. */
  @RegisterExtension
  private static final TestWorkerExtension workerWithoutMemory = new TestWorkerExtension();

  private static JsonNode document;

  @BeforeAll
  static void start() throws Exception {
    Path shop = worker.resources().resolve("shop.yaml");
    Files.writeString(
        shop,
        Files.readString(shop).replaceFirst("spec:\n", "spec:\n  limits: {maxFileSize: 2Mi}\n"));
    worker.restart();
    for (WorkerClient each : List.of(worker, workerWithoutMemory)) {
      each.post("/event" + PLACED, "{}", "x-flowcore-event-time", "2026-01-31T12:00:00Z");
    }
    workerWithoutMemory.restart(new RequestMemory.Limits(1, 1, 1));
    document =
        new YAMLMapper()
            .readTree(
                worker
                    .send(worker.bare("/openapi.yaml").build())
                    .body()
                    .replace("$orderPlaced", TestWorker.typeId("order.placed").toString())
                    .replace("$tenant", Ids.tenant("acme").toString())
                    .replace("$dataCore", Ids.dataCore("acme", "shop").toString())
                    .replace(
                        "$flowType",
                        Ids.flowType(Ids.dataCore("acme", "shop"), "orders").toString()));
  }

  @TestFactory
  Stream<DynamicTest> everyDocumentedResponseComesFromARunningWorker() {
    List<DynamicTest> tests = new ArrayList<>();
    for (DocumentedOperation operation : DocumentedOperation.all(document)) {
      operation
          .node()
          .get("responses")
          .properties()
          .forEach(response -> {
            String name = operation.method() + " " + operation.path() + " " + response.getKey();
            if (response.getValue().has("x-untried")) {
              return;
            }
            assertThat(response.getValue().path("x-tries")).as(name).isNotEmpty();
            for (JsonNode attempt : response.getValue().get("x-tries")) {
              tests.add(
                  dynamicTest(
                      name + " " + attempt.path("error").asText() + " " + brief(attempt),
                      () ->
                          provoke(
                              operation,
                              attempt,
                              Integer.parseInt(response.getKey()),
                              response.getValue())));
            }
          });
    }
    assertThat(tests).hasSizeGreaterThan(150);
    return tests.stream();
  }

  private static String brief(JsonNode attempt) {
    String text = attempt.toString();
    return text.length() < 80 ? text : text.substring(0, 80);
  }

  @Test
  void everyErrorCodeIsDocumentedAndProvoked() {
    Set<String> documented = new TreeSet<>();
    document
        .at("/components/schemas/ErrorCode/enum")
        .forEach(code -> documented.add(code.asText()));
    Set<String> codes = new TreeSet<>();
    Stream.of(ErrorCode.values()).forEach(code -> codes.add(code.wireName()));
    assertThat(documented).isEqualTo(codes);

    Set<String> provoked = new TreeSet<>(CODES_WITHOUT_ATTEMPT);
    document
        .findValues("x-tries")
        .forEach(tries -> {
          for (JsonNode attempt : tries) {
            if (attempt.has("error")) {
              provoked.add(attempt.get("error").asText());
            }
          }
        });
    assertThat(provoked).isEqualTo(codes);
  }

  @TestFactory
  Stream<DynamicTest> everyExampleMatchesItsSchemaAndIsAccepted() {
    List<DynamicTest> tests = new ArrayList<>();
    for (DocumentedOperation operation : DocumentedOperation.all(document)) {
      JsonNode content = operation.node().at("/requestBody/content/application~1json");
      for (JsonNode example : content.path("examples")) {
        String body = example.get("value").toString();
        tests.add(
            dynamicTest(
                operation.path() + " " + body,
                () -> {
                  assertThat(schema(content.get("schema")).validate(example.get("value")))
                      .isEmpty();
                  ObjectNode attempt = JSON.createObjectNode().put("body", body);
                  provoke(operation, attempt, 200, operation.node().at("/responses/200"));
                }));
      }
    }
    assertThat(tests).hasSizeGreaterThan(3);
    return tests.stream();
  }

  private static JsonSchema schema(JsonNode schema) {
    ObjectNode whole = schema.deepCopy();
    whole.set("components", document.get("components"));
    return JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(whole);
  }

  private static void provoke(
      DocumentedOperation operation, JsonNode attempt, int status, JsonNode expected)
      throws Exception {
    Response response = send(operation, attempt, status);

    assertThat(response.status()).as(response.body()).isEqualTo(status);
    JsonNode schema = expected.at("/content/application~1json/schema");
    if (attempt.has("schema")) {
      schema =
          JSON.createObjectNode()
              .put("$ref", "#/components/schemas/" + attempt.get("schema").asText());
    }
    if (!schema.isMissingNode()) {
      assertThat(schema(schema).validate(JSON.readTree(response.body())))
          .as(response.body())
          .isEmpty();
    }
    if (attempt.has("error")) {
      JsonNode error = JSON.readTree(response.body());
      assertThat(error.get("error").asText())
          .as(response.body())
          .isEqualTo(attempt.get("error").asText());
      assertThat(error.get("statusCode").asInt()).isEqualTo(status);
      assertThat(error.get("status").asInt()).isEqualTo(status);
      assertThat(error.get("code").asText())
          .isEqualTo(attempt.get("error").asText().toUpperCase(Locale.ROOT));
      assertThat(response.body()).doesNotContain(KEY);
    }
  }

  /** Sends a request in the situation that it needs. */
  private static Response send(DocumentedOperation operation, JsonNode attempt, int status)
      throws Exception {
    DocumentedRequest request =
        new DocumentedRequest(operation.path(), operation.method(), attempt);
    String situation = attempt.path("situation").asText();
    return switch (situation) {
      case "" -> request.send(worker, document.at("/paths").get(operation.path()).has("servers"));
      case "memory-taken" -> request.send(workerWithoutMemory, false);
      case "query-memory-taken" -> request.send(restartWithMemoryForBodies(), false);
      case "too-often" -> {
        Response last = request.send(worker, false);
        for (int i = 0; i < 20 && last.status() != status; i++) {
          last = request.send(worker, false);
        }
        yield last;
      }
      case "key-used" -> {
        useIdempotencyKey(operation.path());
        yield request.send(worker, false);
      }
      case "spool-gone" -> {
        Path spool = worker.spool();
        Files.delete(spool);
        try {
          yield request.send(worker, false);
        } finally {
          Files.createDirectory(spool);
        }
      }
      case "slow" -> request.sendRaw(worker, "Content-Length: 100", "{");
      case "raw" ->
          request.sendRaw(
              worker,
              "Transfer-Encoding: " + attempt.at("/headers/Transfer-Encoding").asText(),
              attempt.get("body").asText());
      default -> throw new AssertionError("unknown situation: " + situation);
    };
  }

  private static void useIdempotencyKey(String path) {
    String form =
        """
        --b
        Content-Disposition: form-data; name="type"

        t
        --b
        Content-Disposition: form-data; name="file"; filename="a"

        another
        --b--
        """
            .replace("\n", "\r\n");
    String multipart = "multipart/form-data; boundary=b";
    switch (path.substring(0, path.indexOf('/', 1))) {
      case "/event" -> worker.post("/event" + PLACED, "{\"n\":1}", "idempotency-key", "used");
      case "/events" -> worker.post("/events" + PLACED, "[{\"n\":1}]", "idempotency-key", "used");
      case "/file" ->
          worker.post("/file" + PLACED, form, "idempotency-key", "used", "Content-Type", multipart);
      default -> throw new AssertionError("no idempotency key in " + path);
    }
  }

  private static WorkerClient restartWithMemoryForBodies() throws Exception {
    workerWithoutMemory.restart(new RequestMemory.Limits(64 << 20, 64 << 20, 1));
    return workerWithoutMemory;
  }
}
