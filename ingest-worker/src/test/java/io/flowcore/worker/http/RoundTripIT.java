package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.catalog.Sha256;
import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.WorkerClient.Answer;
import io.flowcore.worker.event.TimeBucket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Nothing that was sent is dropped or changed under a 200: it is read back as it was sent. */
class RoundTripIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> RESERVED =
      Set.of(
          "type",
          "file",
          "fileId",
          "additionalProperties",
          "fileName",
          "fileType",
          "fileSize",
          "part",
          "totalParts",
          "checksum",
          "hashType",
          "data");

  private static Path directory;
  private static TestWorker worker;

  @BeforeContainer
  static void start() throws Exception {
    directory = Files.createTempDirectory("flowcore-test");
    worker = TestWorker.start(directory);
  }

  @AfterContainer
  static void stop() throws IOException {
    worker.close();
    TestDirectories.delete(directory);
  }

  /** What a request sends in addition to its events. */
  record Extras(Map<String, String> metadata, int metadataForm, int bodyForm) {}

  @Property(tries = 150, shrinking = ShrinkingMode.BOUNDED)
  void eventsComeBackByteForByte(
      @ForAll("batches") List<String> events,
      @ForAll("spaces") String space,
      @ForAll("extras") Extras extras,
      @ForAll boolean batch)
      throws IOException {
    List<String> sent = batch ? events : events.subList(0, 1);
    String body =
        space + (batch ? "[" + String.join(space + "," + space, sent) + "]" : sent.get(0)) + space;
    Answer answer = post((batch ? "/events" : "/event") + PLACED, body, extras);

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    List<String> ids = new ArrayList<>();
    answer.json().path("eventIds").forEach(id -> ids.add(id.asText()));
    if (!batch) {
      ids.add(answer.json().get("eventId").asText());
    }
    assertThat(ids).hasSize(sent.size());
    for (int i = 0; i < sent.size(); i++) {
      String event = read(ids.get(i));
      assertThat(payload(event)).isEqualTo(sent.get(i));
      assertMetadata(event, extras.metadata());
    }
  }

  @Property(tries = 150, shrinking = ShrinkingMode.BOUNDED)
  void whatIsNearlyJsonIsRejectedOrComesBackByteForByte(
      @ForAll("objects") String event, @ForAll @IntRange(max = 999) int at, @ForAll byte other) {
    byte[] body = event.getBytes(UTF_8);
    body[at % body.length] = other;
    Answer answer = worker.post("/event" + PLACED, body);

    if (answer.status() == 200) {
      String changed = new String(body, UTF_8);
      assertThat(payload(read(answer.json().get("eventId").asText())))
          .isEqualTo(changed.substring(changed.indexOf('{'), changed.lastIndexOf('}') + 1));
    } else {
      assertThat(answer.error()).isIn("invalid_json", "payload_not_object");
    }
  }

  @Property(tries = 100)
  void timesComeBackInMillisecondsAndInFullInTheMetadata(
      @ForAll("times") OffsetDateTime eventTime,
      @ForAll("times") OffsetDateTime validTime,
      @ForAll boolean inField)
      throws IOException {
    String body =
        inField
            ? "[{\"e\":\"%s\",\"v\":\"%s\"}]".formatted(eventTime, validTime)
            : "[{\"e\":null}]";
    Answer answer =
        worker.post(
            "/events" + PLACED,
            body,
            "x-flowcore-event-time",
            inField ? "2001-01-01T00:00:00Z" : eventTime.toString(),
            "x-flowcore-valid-time",
            inField ? "2001-01-01T00:00:00Z" : validTime.toString(),
            "x-flowcore-event-time-key",
            "e",
            "x-flowcore-valid-time-key",
            "v");

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode event = JSON.readTree(read(answer.json().at("/eventIds/0").asText()));
    for (var each : Map.of("event", eventTime, "valid", validTime).entrySet()) {
      Instant sent = each.getValue().toInstant();
      String answered = event.get(each.getKey() + "Time").asText();
      assertThat(answered).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
      assertThat(Instant.parse(answered)).isEqualTo(sent.truncatedTo(ChronoUnit.MILLIS));
      String entry = each.getKey().equals("event") ? "event-time" : "valid-time-on/stored-event";
      assertThat(Instant.parse(event.get("metadata").get(entry).asText())).isEqualTo(sent);
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void filesComeBackWithEveryFieldOfTheirForm(
      @ForAll("fileSizes") int size,
      @ForAll("names") String fileName,
      @ForAll("fields") Map<String, String> fields,
      @ForAll("fields") Map<String, String> properties,
      @ForAll("extras") Extras extras)
      throws IOException {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    properties.keySet().removeAll(fields.keySet());
    MultipartForm form = new MultipartForm();
    fields.forEach((name, value) -> form.field(quote(name), value));
    byte[] body =
        form.field("type", fileName)
            .field("additionalProperties", JSON.writeValueAsString(properties))
            .file(quote(fileName), content)
            .end();
    Answer answer =
        worker.post("/file" + PLACED, body, headers(extras, MultipartForm.CONTENT_TYPE));

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    JsonNode ids = answer.json().get("eventIds");
    for (int i = 0; i < ids.size(); i++) {
      String event = read(ids.get(i).asText());
      assertMetadata(event, extras.metadata());
      ObjectNode payload = (ObjectNode) JSON.readTree(event).get("payload");
      joined.writeBytes(Base64.getDecoder().decode(payload.remove("data").asText()));
      ObjectNode expected =
          JSON.createObjectNode()
              .put("fileId", answer.json().get("fileId").asText())
              .put("fileName", fileName)
              .put("fileType", fileName)
              .put("fileSize", size)
              .put("part", i + 1)
              .put("totalParts", ids.size())
              .put("checksum", Sha256.hex(content))
              .put("hashType", "SHA256");
      fields.forEach(expected::put);
      properties.forEach(expected::put);
      assertThat(payload).isEqualTo(expected);
    }
    assertThat(joined.toByteArray()).isEqualTo(content);
    assertThat(ids.size()).isEqualTo(Math.max(1, Math.ceilDiv(size, 524_288)));
  }

  private static String quote(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static Answer post(String path, String body, Extras extras) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    List<String> headers = new ArrayList<>(List.of(headers(extras, "application/json")));
    if (extras.bodyForm() % 2 == 1) {
      bytes = Compression.gzip(bytes);
      headers.addAll(List.of("Content-Encoding", "gzip"));
    }
    return worker.post(path, bytes, headers.toArray(String[]::new));
  }

  private static String[] headers(Extras extras, String contentType) throws IOException {
    byte[] json = JSON.writeValueAsBytes(extras.metadata());
    String ascii =
        new String(json, UTF_8)
            .codePoints()
            .collect(
                StringBuilder::new,
                (text, point) -> {
                  for (char unit : Character.toChars(point)) {
                    text.append(
                        unit < 127 ? String.valueOf(unit) : "\\u%04x".formatted((int) unit));
                  }
                },
                StringBuilder::append)
            .toString();
    String metadata =
        switch (extras.metadataForm()) {
          case 0 -> ascii;
          case 1 -> Base64.getEncoder().encodeToString(json);
          case 2 -> Base64.getUrlEncoder().encodeToString(json);
          case 3 -> Base64.getEncoder().withoutPadding().encodeToString(json);
          default -> Base64.getUrlEncoder().withoutPadding().encodeToString(json);
        };
    return new String[] {"Content-Type", contentType, "x-flowcore-metadata-json", metadata};
  }

  /** Returns one event as the query answers it. */
  private static String read(String id) {
    Answer answer =
        worker.get(
            "/api/v1/events?eventTypeId="
                + TestWorker.typeId("order.placed")
                + "&timeBucket="
                + TimeBucket.ofTicks(UUID.fromString(id).timestamp())
                + "&fromEventId="
                + id
                + "&toEventId="
                + id);
    assertThat(answer.body()).startsWith("{\"events\":[{\"eventId\":\"" + id);
    return answer.body().substring("{\"events\":[".length(), answer.body().lastIndexOf("}]") + 1);
  }

  private static String payload(String event) {
    String start = "\"payload\":";
    return event.substring(
        event.indexOf(start) + start.length(), event.lastIndexOf(",\"validTime\":\""));
  }

  private static void assertMetadata(String event, Map<String, String> sent) throws IOException {
    // Without the payload, which not every parser reads.
    String start = "\"metadata\":";
    String metadata =
        event.substring(event.indexOf(start) + start.length(), event.indexOf(",\"payload\":"));
    ObjectNode stored = (ObjectNode) JSON.readTree(metadata);
    assertThat(stored.remove("ingested-at").asText()).isNotEmpty();
    ObjectNode expected = JSON.createObjectNode().put("producer", "flowcore-ingest-worker");
    sent.forEach(expected::put);
    assertThat(stored).isEqualTo(expected);
  }

  @Provide
  Arbitrary<String> objects() {
    return JsonTexts.object();
  }

  @Provide
  Arbitrary<List<String>> batches() {
    return JsonTexts.object().list().ofMinSize(1).ofMaxSize(4);
  }

  @Provide
  Arbitrary<String> spaces() {
    return JsonTexts.space();
  }

  @Provide
  Arbitrary<Extras> extras() {
    Arbitrary<Map<String, String>> entries =
        Arbitraries.maps(JsonTexts.unicode(), JsonTexts.unicode()).ofMaxSize(4);
    Arbitrary<Map<String, String>> known =
        Arbitraries.maps(
                Arbitraries.of("ttl-on/stored-event", "producer", "x"),
                Arbitraries.of("true", "5d", "12h", "30m", "3600", "1d12h"))
            .ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.oneOf(entries, known),
            Arbitraries.integers().between(0, 4),
            Arbitraries.integers().between(0, 1))
        .as(Extras::new);
  }

  @Provide
  Arbitrary<OffsetDateTime> times() {
    return Combinators.combine(
            Arbitraries.longs()
                .between(
                    Instant.parse("1600-01-01T00:00:00Z").getEpochSecond(),
                    Instant.parse("2026-01-01T00:00:00Z").getEpochSecond()),
            Arbitraries.integers().between(0, 999_999_999),
            Arbitraries.integers().between(-18 * 60, 18 * 60))
        .as((second, nano, offset) ->
            Instant.ofEpochSecond(second, nano).atOffset(ZoneOffset.ofTotalSeconds(offset * 60)));
  }

  @Provide
  Arbitrary<Integer> fileSizes() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(0, 2_000),
        Arbitraries.of(524_287, 524_288, 524_289, 1_048_576, 1_200_000));
  }

  @Provide
  Arbitrary<String> names() {
    return JsonTexts.unicode().map(text -> "n" + text.replaceAll("[\\x00\\r\\n]", "_"));
  }

  @Provide
  Arbitrary<Map<String, String>> fields() {
    return Arbitraries.maps(
            Arbitraries.oneOf(names(), Arbitraries.of("a", "Type", " file ", "FILEID", "metadata"))
                .filter(name -> !RESERVED.contains(name)),
            JsonTexts.unicode().map(text -> text.replace("\r\n--", "")))
        .ofMaxSize(5);
  }
}
