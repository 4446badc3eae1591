package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorker.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files: cut in parts, each one event, from which the file can be put together again. */
class FileHttpIT {
  private static final String BOUNDARY = "----boundary";
  private static final String MULTIPART = "multipart/form-data; boundary=" + BOUNDARY;
  private static final int PART = 524_288;

  @TempDir private Path folder;
  private TestWorker worker;

  @BeforeEach
  void start() throws Exception {
    worker = TestWorker.start(folder);
  }

  @AfterEach
  void theSpoolIsEmpty() {
    await().untilAsserted(() -> assertThat(folder.resolve("data/spool")).isEmptyDirectory());
    assertThat(worker.management("/observe/metrics").body())
        .contains("flowcore_upload_spool_bytes 0.0");
    worker.close();
  }

  /** A form being written. */
  private static final class Form {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Form field(String name, String value) {
      return part("form-data; name=\"" + name + "\"", value.getBytes(UTF_8));
    }

    Form file(String fileName, byte[] content) {
      return part("form-data; name=\"file\"; filename=\"" + fileName + "\"", content);
    }

    private Form part(String disposition, byte[] content) {
      bytes.writeBytes(
          ("--" + BOUNDARY + "\r\nContent-Disposition: " + disposition + "\r\n\r\n")
              .getBytes(UTF_8));
      bytes.writeBytes(content);
      bytes.writeBytes("\r\n".getBytes(UTF_8));
      return this;
    }

    byte[] end() {
      bytes.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
      return bytes.toByteArray();
    }
  }

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
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
  void aFileIsCutInPartsThatGiveItBack(int size, int parts) throws Exception {
    byte[] content = random(size);
    byte[] form =
        new Form()
            .field("type", "invoice")
            .file("Rechnung ü.pdf", content)
            .field("fileId", "f-1")
            .end();
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", MULTIPART);

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().get("success").asBoolean()).isTrue();
    assertThat(answer.json().get("received").asBoolean()).isTrue();
    assertThat(answer.json().get("fileId").asText()).isEqualTo("f-1");
    assertThat(answer.json().get("hashType").asText()).isEqualTo("SHA256");
    assertThat(answer.json().get("checksum").asText()).isEqualTo(sha256(content));
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
      assertThat(payload.get("checksum").asText()).isEqualTo(sha256(content));
    }
  }

  @Test
  void theBatchUrlTakesFilesToo() {
    byte[] form = new Form().file("a.txt", "x".getBytes(UTF_8)).field("type", "t").end();
    Answer answer = worker.post("/api/v1/events" + PLACED, form, "Content-Type", MULTIPART);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().get("fileId").asText()).hasSize(36);
  }

  @Test
  void fieldsAndAdditionalPropertiesAreInEveryPartButReplaceNothing() {
    byte[] form =
        new Form()
            .field("type", "t")
            .field("additionalProperties", "{\"order\":{\"id\":7},\"part\":99,\"data\":\"no\"}")
            .field("note", "ü")
            .file("a", new byte[PART + 1])
            .end();
    assertThat(worker.post("/file" + PLACED, form, "Content-Type", MULTIPART).status())
        .isEqualTo(200);

    for (JsonNode event : worker.events("order.placed")) {
      assertThat(event.at("/payload/order/id").asInt()).isEqualTo(7);
      assertThat(event.at("/payload/note").asText()).isEqualTo("ü");
      assertThat(event.at("/payload/part").asInt()).isBetween(1, 2);
    }
    assertThat(join(worker.events("order.placed"))).hasSize(PART + 1);
  }

  @Test
  void additionalPropertiesMayBeATextThatHoldsAnObject() {
    byte[] form =
        new Form()
            .field("additionalProperties", "\"{}\"")
            .field("type", "t")
            .file("a", new byte[1])
            .end();

    assertThat(worker.post("/file" + PLACED, form, "Content-Type", MULTIPART).status())
        .isEqualTo(200);
  }

  @Test
  void headersHoldForEveryPart() {
    byte[] form = new Form().field("type", "t").file("a", new byte[PART * 2]).end();
    worker.post(
        "/file" + PLACED,
        form,
        "Content-Type",
        MULTIPART,
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
  void aCompressedFormIsInflated() throws IOException {
    byte[] form = new Form().field("type", "t").file("a", random(1_000)).end();
    Answer answer =
        worker.post(
            "/file" + PLACED,
            IngestHttpIT.gzip(form),
            "Content-Type",
            MULTIPART,
            "Content-Encoding",
            "gzip");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(join(worker.events("order.placed"))).isEqualTo(random(1_000));
  }

  @Test
  void whatIsMissingOrWrongIsNamedAndNothingIsStored() {
    byte[] file = new byte[10];
    assertRefused(new Form().file("a", file).end(), 400, "missing_type");
    assertRefused(new Form().field("type", "").file("a", file).end(), 400, "missing_type");
    assertRefused(new Form().field("type", "t").end(), 400, "missing_file");
    assertRefused(new Form().field("type", "t").field("file", "text").end(), 400, "missing_file");
    assertRefused(
        new Form().field("type", "t").file("a", file).file("b", file).end(),
        400,
        "invalid_multipart");
    assertRefused(
        new Form().field("type", "t").field("additionalProperties", "[]").file("a", file).end(),
        400,
        "invalid_multipart");
    assertRefused(
        new Form().field("type", "t").field("note", "x".repeat(70_000)).file("a", file).end(),
        413,
        "request_too_large");
    byte[] whole = new Form().field("type", "t").file("a", file).end();
    assertRefused(Arrays.copyOf(whole, whole.length - 20), 400, "invalid_multipart");
    assertRefused("no form".getBytes(UTF_8), 400, "missing_type");
    assertRefused(new byte[0], 400, "missing_type");
    assertThat(worker.post("/file" + PLACED, "{}").error()).isEqualTo("unsupported_media_type");
    assertThat(worker.stored()).isZero();
  }

  private void assertRefused(byte[] form, int status, String error) {
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", MULTIPART);
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.error()).isEqualTo(error);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 300_000})
  void anUploadThatBreaksOffStoresNothing(int sent) throws IOException {
    byte[] form = new Form().field("type", "t").file("a", new byte[1_000_000]).end();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      String head =
          "POST /file"
              + PLACED
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
              + TestWorker.KEY
              + "\r\nContent-Type: "
              + MULTIPART
              + "\r\nContent-Length: "
              + form.length
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(UTF_8));
      socket.getOutputStream().write(form, 0, sent);
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aFileBeyondTheLimitIsRefusedAndNothingOfItIsStored(@TempDir Path other) throws Exception {
    try (TestWorker limited = TestWorker.start(other)) {
      String shop =
          Files.readString(TestWorker.QUICKSTART.resolve("shop.yaml"))
              .replace(
                  "spec:\n  tenant: acme", "spec:\n  limits: {maxFileSize: 1Mi}\n  tenant: acme");
      Files.writeString(limited.resources().resolve("shop.yaml"), shop);
      limited.restart();
      byte[] form = new Form().field("type", "t").file("a", new byte[(1 << 20) + 1]).end();
      Answer answer = limited.post("/file" + PLACED, form, "Content-Type", MULTIPART);

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.error()).isEqualTo("file_too_large");
      assertThat(answer.message()).contains("1,048,576");
      assertThat(limited.stored()).isZero();
    }
  }

  @Test
  void aCompressedFormThatWasDamagedOnItsWayIsRefused() throws IOException {
    byte[] form = IngestHttpIT.gzip(new Form().field("type", "t").file("a", random(1_000)).end());
    form[form.length - 6] ^= 1;
    Answer answer =
        worker.post("/file" + PLACED, form, "Content-Type", MULTIPART, "Content-Encoding", "gzip");

    assertThat(answer.error()).isEqualTo("invalid_encoding");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aFormThatInflatesAsNoFileDoesIsRefused() throws IOException {
    byte[] bomb = new Form().field("type", "t").file("a", new byte[50_000_000]).end();
    Answer answer =
        worker.post(
            "/file" + PLACED,
            IngestHttpIT.gzip(bomb),
            "Content-Type",
            MULTIPART,
            "Content-Encoding",
            "gzip");

    assertThat(answer.error()).isEqualTo("request_too_large");
    assertThat(answer.message()).contains("200 times");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void fileNamesMayBeLongAndOddButHoldNoZero() {
    String longName = "\u65e5".repeat(700) + ".pdf";
    byte[] form = new Form().field("type", "t").file(longName, new byte[1]).end();
    assertThat(worker.post("/file" + PLACED, form, "Content-Type", MULTIPART).status())
        .isEqualTo(200);
    assertThat(worker.events("order.placed").getFirst().at("/payload/fileName").asText())
        .isEqualTo(longName);
    assertRefused(
        new Form().field("type", "t").file("a\0b", new byte[1]).end(), 400, "invalid_multipart");
  }

  @Test
  void additionalPropertiesKeepTheirDigits() {
    byte[] form =
        new Form()
            .field("type", "t")
            .field("additionalProperties", "{\"a\":1.10,\"b\":1e999,\"c\":12345678901234567890.5}")
            .file("a", new byte[1])
            .end();
    assertThat(worker.post("/file" + PLACED, form, "Content-Type", MULTIPART).status())
        .isEqualTo(200);
    String type = "eventTypeId=" + TestWorker.typeId("order.placed");
    String bucket = worker.get("/api/v1/time-buckets?" + type).json().at("/timeBuckets/0").asText();
    assertThat(worker.get("/api/v1/events?" + type + "&timeBucket=" + bucket).body())
        .contains("\"a\":1.10", "\"b\":1E+999", "\"c\":12345678901234567890.5");
    assertRefused(
        new Form()
            .field("type", "t")
            .field("additionalProperties", "{\"a\":1}{\"b\":2}")
            .file("a", new byte[1])
            .end(),
        400,
        "invalid_multipart");
  }

  @Test
  void aDiskThatTakesNoUploadIsToldAndLaterUploadsWork() throws IOException {
    Path spool = folder.resolve("data/spool");
    byte[] form = new Form().field("type", "t").file("a", new byte[1]).end();
    Files.delete(spool);
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", MULTIPART);
    Files.createDirectory(spool);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.error()).isEqualTo("store_unavailable");
    assertThat(answer.message()).contains("disk for uploads").doesNotContain(folder.toString());
    assertThat(worker.post("/file" + PLACED, form, "Content-Type", MULTIPART).status())
        .isEqualTo(200);
  }
}
