package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static io.flowcore.worker.http.MultipartForm.CONTENT_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.catalog.Sha256;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files over HTTP: split into parts, each one event, from which the file can be restored. */
class FileHttpIT {
  private static final int PART = 524_288;

  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();

  @AfterEach
  void theSpoolIsEmpty() {
    await().untilAsserted(() -> assertThat(worker.spool()).isEmptyDirectory());
    assertThat(worker.management("/observe/metrics").body())
        .contains("flowcore_upload_spool_bytes 0.0");
  }

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  private static byte[] join(List<JsonNode> events) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (JsonNode event : events) {
      joined.writeBytes(Base64.getDecoder().decode(event.at("/payload/data").asText()));
    }
    return joined.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({"0,1", "1,1", "524288,1", "524289,2", "1800000,4"})
  void aFileIsSplitIntoPartsThatRestoreIt(int size, int parts) throws Exception {
    byte[] content = random(size);
    byte[] form =
        new MultipartForm()
            .field("type", "invoice")
            .file("Rechnung ü.pdf", content)
            .field("fileId", "f-1")
            .end();
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE);

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().get("success").asBoolean()).isTrue();
    assertThat(answer.json().get("received").asBoolean()).isTrue();
    assertThat(answer.json().get("fileId").asText()).isEqualTo("f-1");
    assertThat(answer.json().get("hashType").asText()).isEqualTo("SHA256");
    assertThat(answer.json().get("checksum").asText()).isEqualTo(Sha256.hex(content));
    assertThat(answer.json().get("totalParts").asInt()).isEqualTo(parts);
    List<JsonNode> events = worker.events("order.placed");
    assertThat(events).hasSize(parts);
    assertThat(join(events)).isEqualTo(content);
    for (int i = 0; i < parts; i++) {
      JsonNode payload = events.get(i).get("payload");
      assertThat(events.get(i).get("eventId")).isEqualTo(answer.json().get("eventIds").get(i));
      assertThat(payload.get("fileName").asText()).isEqualTo("Rechnung ü.pdf");
      assertThat(payload.get("fileType").asText()).isEqualTo("invoice");
      assertThat(payload.get("fileSize").asInt()).isEqualTo(size);
      assertThat(payload.get("part").asInt()).isEqualTo(i + 1);
      assertThat(payload.get("totalParts").asInt()).isEqualTo(parts);
      assertThat(payload.get("checksum").asText()).isEqualTo(Sha256.hex(content));
    }
  }

  @Test
  void theBatchUrlAcceptsFiles() {
    byte[] form = new MultipartForm().file("a.txt", "x".getBytes(UTF_8)).field("type", "t").end();
    Answer answer = worker.post("/api/v1/events" + PLACED, form, "Content-Type", CONTENT_TYPE);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("fileId").asText()).hasSize(36);
  }

  @Test
  void fieldsAndAdditionalPropertiesAreAddedToEveryPart() {
    byte[] form =
        new MultipartForm()
            .field("type", "t")
            .field("additionalProperties", "{\"order\":{\"id\":7},\"Part\":99,\"a\":\"\\ud800\"}")
            .field("note", "ü")
            .field("empty", "")
            .file("a", new byte[PART + 1])
            .end();
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);

    List<JsonNode> events = worker.events("order.placed");
    assertThat(events).hasSize(2);
    for (JsonNode event : events) {
      assertThat(event.at("/payload/order/id").asInt()).isEqualTo(7);
      assertThat(event.at("/payload/Part").asInt()).isEqualTo(99);
      assertThat(event.at("/payload/a").asText()).isEqualTo("\ud800");
      assertThat(event.at("/payload/note").asText()).isEqualTo("ü");
      assertThat(event.at("/payload/empty").asText("absent")).isEmpty();
      assertThat(event.get("payload")).hasSize(9 + 5);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fileName",
        "fileType",
        "fileSize",
        "part",
        "totalParts",
        "checksum",
        "hashType",
        "data"
      })
  void aFieldWithANameOfTheWorkerIsRejectedInsteadOfDropped(String name) {
    byte[] file = new byte[1];
    assertRejected(
        new MultipartForm().field("type", "t").field(name, "1").file("a", file).end(),
        400,
        "invalid_multipart");
    assertRejected(
        new MultipartForm()
            .field("type", "t")
            .field("additionalProperties", "{\"" + name + "\":1}")
            .file("a", file)
            .end(),
        400,
        "invalid_multipart");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void twoValuesForOneNameAreRejectedInsteadOfDropped() {
    for (String properties :
        List.of("{\"note\":2}", "{\"fileId\":\"other\"}", "{\"a\":1,\"a\":2}")) {
      assertRejected(
          new MultipartForm()
              .field("type", "t")
              .field("additionalProperties", properties)
              .file("a", new byte[1])
              .field("note", "1")
              .end(),
          400,
          "invalid_multipart");
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void additionalPropertiesCanBeAStringThatContainsAnObject() {
    byte[] form =
        new MultipartForm()
            .field("additionalProperties", "\"{}\"")
            .field("type", "t")
            .file("a", new byte[1])
            .end();

    assertThat(worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE).status())
        .isEqualTo(200);
  }

  @Test
  void headersApplyToEveryPart() {
    byte[] form = new MultipartForm().field("type", "t").file("a", new byte[PART * 2]).end();
    worker.post(
        "/file" + PLACED,
        form,
        "Content-Type",
        CONTENT_TYPE,
        "x-flowcore-event-time",
        "2026-01-01T00:00:00Z",
        "x-flowcore-metadata-json",
        "{\"k\":\"v\"}");

    assertThat(worker.events("order.placed"))
        .hasSize(2)
        .allMatch(event -> event.get("timeBucket").asText().equals("20260101000000"))
        .allMatch(event -> event.at("/metadata/k").asText().equals("v"));
  }

  @Test
  void aCompressedFormIsDecompressed() throws IOException {
    byte[] form = new MultipartForm().field("type", "t").file("a", random(1_000)).end();
    Answer answer =
        worker.post(
            "/file" + PLACED,
            Compression.gzip(form),
            "Content-Type",
            CONTENT_TYPE,
            "Content-Encoding",
            "gzip");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(join(worker.events("order.placed"))).isEqualTo(random(1_000));
  }

  @Test
  void fileNamesCanBeLongAndUnicodeButCannotContainNul() {
    String longName = "\u65e5".repeat(700) + ".pdf";
    byte[] form = new MultipartForm().field("type", "t").file(longName, new byte[1]).end();
    assertThat(worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE).status())
        .isEqualTo(200);
    assertThat(worker.events("order.placed").getFirst().at("/payload/fileName").asText())
        .isEqualTo(longName);
    assertRejected(
        new MultipartForm().field("type", "t").file("a\0b", new byte[1]).end(),
        400,
        "invalid_multipart");
  }

  @Test
  void additionalPropertiesKeepTheirNumbersExactly() {
    byte[] form =
        new MultipartForm()
            .field("type", "t")
            .field("additionalProperties", "{\"a\":1.10,\"b\":1e999,\"c\":12345678901234567890.5}")
            .file("a", new byte[1])
            .end();
    assertThat(worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE).status())
        .isEqualTo(200);
    String type = "eventTypeId=" + TestWorker.typeId("order.placed");
    String bucket = worker.get("/api/v1/time-buckets?" + type).json().at("/timeBuckets/0").asText();
    assertThat(worker.get("/api/v1/events?" + type + "&timeBucket=" + bucket).body())
        .contains("\"a\":1.10", "\"b\":1E+999", "\"c\":12345678901234567890.5");
    assertRejected(
        new MultipartForm()
            .field("type", "t")
            .field("additionalProperties", "{\"a\":1}{\"b\":2}")
            .file("a", new byte[1])
            .end(),
        400,
        "invalid_multipart");
  }

  private void assertRejected(byte[] form, int status, String error) {
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE);
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.error()).isEqualTo(error);
  }
}
