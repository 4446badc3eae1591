package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
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
import io.flowcore.worker.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The description of the API is true: every response that it tells of is provoked from a running
 * worker, and has the form that it promises; every example is accepted.
 */
class OpenApiIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Provoked elsewhere, or by a defect only. */
  private static final Set<String> CODES_WITHOUT_TRY =
      Set.of("internal_error", "damaged_event", "http_version");

  private static final Map<String, String> DEFAULT_PATH =
      Map.of(
          "tenant", "acme", "dataCore", "shop", "flowType", "orders", "eventType", "order.placed");

  private static final String MORE =
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

  @TempDir private static Path folder;
  @TempDir private static Path otherFolder;
  private static TestWorker worker;

  /** Has no memory to spare. */
  private static TestWorker tight;

  private static JsonNode document;

  @BeforeAll
  static void start() throws Exception {
    worker = TestWorker.start(folder, Duration.ofSeconds(2), MORE);
    Path shop = worker.resources().resolve("shop.yaml");
    Files.writeString(
        shop,
        Files.readString(shop).replaceFirst("spec:\n", "spec:\n  limits: {maxFileSize: 2Mi}\n"));
    worker.restart();
    tight = TestWorker.start(otherFolder);
    for (TestWorker each : List.of(worker, tight)) {
      each.post("/event" + PLACED, "{}", "x-flowcore-event-time", "2026-01-31T12:00:00Z");
    }
    tight.restart(1, 1);
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

  @AfterAll
  static void stop() {
    worker.close();
    tight.close();
  }

  private record Operation(String path, String method, JsonNode node) {}

  private static List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    document
        .get("paths")
        .properties()
        .forEach(path ->
            List.of("get", "post")
                .forEach(method -> {
                  if (path.getValue().has(method)) {
                    operations.add(
                        new Operation(path.getKey(), method, path.getValue().get(method)));
                  }
                }));
    return operations;
  }

  @TestFactory
  Stream<DynamicTest> everyResponseComesFromARunningWorkerAsItIsDescribed() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Operation operation : operations()) {
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
  void everyErrorCodeIsDescribedAndProvoked() {
    Set<String> described = new TreeSet<>();
    document.at("/components/schemas/ErrorCode/enum").forEach(code -> described.add(code.asText()));
    Set<String> codes = new TreeSet<>();
    Stream.of(ErrorCode.values()).forEach(code -> codes.add(code.wireName()));
    assertThat(described).isEqualTo(codes);

    Set<String> provoked = new TreeSet<>(CODES_WITHOUT_TRY);
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
  Stream<DynamicTest> everyExampleFitsItsSchemaAndIsAccepted() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Operation operation : operations()) {
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

  /** An answer, however it came. */
  private record Answered(int status, String body) {}

  private static void provoke(Operation operation, JsonNode attempt, int status, JsonNode response)
      throws Exception {
    boolean management = document.at("/paths").get(operation.path()).has("servers");
    String situation = attempt.path("situation").asText();
    Answered answer =
        switch (situation) {
          case "" -> send(worker, operation, attempt, management);
          case "memory-taken", "query-memory-taken" ->
              send(
                  situation.equals("memory-taken") ? tight : withRoomForBodies(),
                  operation,
                  attempt,
                  false);
          case "too-often" -> {
            Answered last = send(worker, operation, attempt, false);
            for (int i = 0; i < 20 && last.status() != status; i++) {
              last = send(worker, operation, attempt, false);
            }
            yield last;
          }
          case "key-used" -> {
            worker.post("/event" + PLACED, "{\"n\":1}", "idempotency-key", "used");
            yield send(worker, operation, attempt, false);
          }
          case "spool-gone" -> {
            Path spool = folder.resolve("data/spool");
            Files.delete(spool);
            try {
              yield send(worker, operation, attempt, false);
            } finally {
              Files.createDirectory(spool);
            }
          }
          case "slow" -> sendRaw(url(operation, attempt), "Content-Length: 100", "{");
          case "raw" ->
              sendRaw(
                  url(operation, attempt),
                  "Transfer-Encoding: " + attempt.at("/headers/Transfer-Encoding").asText(),
                  attempt.get("body").asText());
          default -> throw new AssertionError("no such situation: " + situation);
        };

    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    JsonNode json = response.at("/content/application~1json/schema");
    if (attempt.has("schema")) {
      json =
          JSON.createObjectNode()
              .put("$ref", "#/components/schemas/" + attempt.get("schema").asText());
    }
    if (!json.isMissingNode()) {
      assertThat(schema(json).validate(JSON.readTree(answer.body()))).as(answer.body()).isEmpty();
    }
    if (attempt.has("error")) {
      JsonNode error = JSON.readTree(answer.body());
      assertThat(error.get("error").asText())
          .as(answer.body())
          .isEqualTo(attempt.get("error").asText());
      assertThat(error.get("statusCode").asInt()).isEqualTo(status);
      assertThat(answer.body()).doesNotContain(KEY);
    }
  }

  private static TestWorker withRoomForBodies() throws Exception {
    tight.restart(64 << 20, 1);
    return tight;
  }

  private static String url(Operation operation, JsonNode attempt) {
    String path = operation.path();
    for (Map.Entry<String, String> each : DEFAULT_PATH.entrySet()) {
      String value = attempt.path("path").path(each.getKey()).asText(each.getValue());
      path = path.replace("{" + each.getKey() + "}", value);
    }
    for (Map.Entry<String, JsonNode> each : attempt.path("path").properties()) {
      path = path.replace("{" + each.getKey() + "}", each.getValue().asText());
    }
    path = path.replaceAll("\\{\\w+}", "x");
    StringBuilder query = new StringBuilder();
    attempt
        .path("query")
        .properties()
        .forEach(each ->
            query
                .append(query.isEmpty() ? '?' : '&')
                .append(each.getKey())
                .append('=')
                .append(URLEncoder.encode(each.getValue().asText(), UTF_8)));
    if (attempt.path("key").asText().equals("in-url")) {
      query.append(query.isEmpty() ? '?' : '&').append("key=").append(KEY);
    }
    return attempt.path("prefix").asText() + path + query;
  }

  private static Answered send(
      TestWorker worker, Operation operation, JsonNode attempt, boolean management)
      throws IOException {
    String method =
        attempt.path("method").asText(operation.method()).toUpperCase(java.util.Locale.ROOT);
    HttpRequest.Builder request = worker.bare(url(operation, attempt));
    if (management) {
      request.uri(
          URI.create(
              "http://127.0.0.1:"
                  + worker.worker().server().managementPort()
                  + url(operation, attempt)));
    }
    String key = attempt.path("key").asText(KEY);
    if (!key.equals("none") && !key.equals("in-url")) {
      request.header(
          "Authorization",
          "Bearer " + (key.startsWith("fc_") ? key : "fc_" + key + "_0123456789abcdef"));
    }
    BodyPublisher body = BodyPublishers.noBody();
    if (attempt.has("form")) {
      request.setHeader("Content-Type", "multipart/form-data; boundary=b");
      body = BodyPublishers.ofByteArray(form(attempt.get("form")));
    } else if (attempt.has("body")) {
      request.setHeader("Content-Type", "application/json");
      body = BodyPublishers.ofString(text(attempt.get("body")));
    }
    attempt
        .path("headers")
        .properties()
        .forEach(each -> request.setHeader(each.getKey(), each.getValue().asText()));
    TestWorker.Answer answer = worker.send(request.method(method, body).build());
    return new Answered(answer.status(), answer.body());
  }

  private static String text(JsonNode value) {
    return value.isObject()
        ? value
            .get("repeat")
            .asText()
            .replace("%s", value.get("with").asText().repeat(value.get("times").asInt()))
        : value.asText();
  }

  private static byte[] form(JsonNode fields) throws IOException {
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String name = field.getKey().equals("file") ? "file\"; filename=\"a.txt" : field.getKey();
      form.write(
          ("--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n").getBytes(UTF_8));
      form.write(text(field.getValue()).getBytes(UTF_8));
      form.write("\r\n".getBytes(UTF_8));
    }
    form.write("--b--\r\n".getBytes(UTF_8));
    return form.toByteArray();
  }

  private static Answered sendRaw(String url, String header, String body) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      socket.setSoTimeout(20_000);
      String type =
          url.startsWith("/file") ? "multipart/form-data; boundary=b" : "application/json";
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + url
                      + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
                      + KEY
                      + "\r\nContent-Type: "
                      + type
                      + "\r\n"
                      + header
                      + "\r\n\r\n"
                      + body)
                  .getBytes(ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      return new Answered(
          Integer.parseInt(answer.substring(9, 12)),
          answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }
  }
}
