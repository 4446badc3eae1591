package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static io.flowcore.worker.http.MultipartForm.CONTENT_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads of files that are rejected. They must leave nothing in the store and nothing on disk. */
class FileRejectionIT {
  /** Stores nothing in any test. */
  @RegisterExtension private static final TestWorkerExtension worker = new TestWorkerExtension();

  /** For the test that stores a file. */
  @RegisterExtension private final TestWorkerExtension fresh = new TestWorkerExtension();

  @AfterEach
  void theSpoolIsEmpty() {
    assertSpoolIsEmpty(worker);
  }

  private static void assertSpoolIsEmpty(TestWorkerExtension worker) {
    await().untilAsserted(() -> assertThat(worker.spool()).isEmptyDirectory());
    assertThat(worker.management("/observe/metrics").body())
        .contains("flowcore_upload_spool_bytes 0.0");
  }

  @Test
  void anInvalidFormIsRejectedAndStoresNothing() {
    byte[] file = new byte[10];
    assertRejected(new MultipartForm().file("a", file).end(), 400, "missing_type");
    assertRejected(
        new MultipartForm().field("type", "").file("a", file).end(), 400, "missing_type");
    assertRejected(new MultipartForm().field("type", "t").end(), 400, "missing_file");
    assertRejected(
        new MultipartForm().field("type", "t").field("file", "text").end(), 400, "missing_file");
    assertRejected(
        new MultipartForm().field("type", "t").file("a", file).file("b", file).end(),
        400,
        "invalid_multipart");
    assertRejected(
        new MultipartForm()
            .field("type", "t")
            .field("additionalProperties", "[]")
            .file("a", file)
            .end(),
        400,
        "invalid_multipart");
    assertRejected(
        new MultipartForm()
            .field("type", "t")
            .field("note", "x".repeat(70_000))
            .file("a", file)
            .end(),
        413,
        "request_too_large");
    byte[] whole = new MultipartForm().field("type", "t").file("a", file).end();
    assertRejected(Arrays.copyOf(whole, whole.length - 20), 400, "invalid_multipart");
    assertRejected("no form".getBytes(UTF_8), 400, "missing_type");
    assertRejected(new byte[0], 400, "missing_type");
    assertThat(worker.post("/file" + PLACED, "{}").error()).isEqualTo("unsupported_media_type");
    assertThat(worker.stored()).isZero();
  }

  private void assertRejected(byte[] form, int status, String error) {
    Answer answer = worker.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE);
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.error()).isEqualTo(error);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 300_000})
  void anIncompleteUploadStoresNothing(int sent) throws IOException {
    byte[] form = new MultipartForm().field("type", "t").file("a", new byte[1_000_000]).end();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      String head =
          "POST /file"
              + PLACED
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
              + TestWorker.KEY
              + "\r\nContent-Type: "
              + CONTENT_TYPE
              + "\r\nContent-Length: "
              + form.length
              + "\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(UTF_8));
      socket.getOutputStream().write(form, 0, sent);
    }
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aFileAboveTheLimitIsRejectedAndStoresNothing(@TempDir Path other) throws Exception {
    try (TestWorker limited = TestWorker.start(other)) {
      String shop =
          Files.readString(TestWorker.QUICKSTART.resolve("shop.yaml"))
              .replace(
                  "spec:\n  tenant: acme", "spec:\n  limits: {maxFileSize: 1Mi}\n  tenant: acme");
      Files.writeString(limited.resources().resolve("shop.yaml"), shop);
      limited.restart();
      byte[] form = new MultipartForm().field("type", "t").file("a", new byte[(1 << 20) + 1]).end();
      Answer answer = limited.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE);

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.error()).isEqualTo("file_too_large");
      assertThat(answer.message()).contains("1,048,576");
      assertThat(limited.stored()).isZero();
    }
  }

  @Test
  void aDamagedCompressedFormIsRejected() throws IOException {
    byte[] form =
        Compression.gzip(new MultipartForm().field("type", "t").file("a", random(1_000)).end());
    form[form.length - 6] ^= 1;
    Answer answer =
        worker.post(
            "/file" + PLACED, form, "Content-Type", CONTENT_TYPE, "Content-Encoding", "gzip");

    assertThat(answer.error()).isEqualTo("invalid_encoding");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aFormThatDecompressesTooFarIsRejected() throws IOException {
    byte[] bomb = new MultipartForm().field("type", "t").file("a", new byte[50_000_000]).end();
    Answer answer =
        worker.post(
            "/file" + PLACED,
            Compression.gzip(bomb),
            "Content-Type",
            CONTENT_TYPE,
            "Content-Encoding",
            "gzip");

    assertThat(answer.error()).isEqualTo("request_too_large");
    assertThat(answer.message()).contains("200 times");
    assertThat(worker.stored()).isZero();
  }

  @Test
  void aFailedUploadDiskIsReportedAndLaterUploadsWork() throws IOException {
    Path spool = fresh.spool();
    byte[] form = new MultipartForm().field("type", "t").file("a", new byte[1]).end();
    Files.delete(spool);
    Answer answer = fresh.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE);
    Files.createDirectory(spool);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.error()).isEqualTo("store_unavailable");
    assertThat(answer.message())
        .contains("disk for uploads")
        .doesNotContain(fresh.directory().toString());
    assertThat(fresh.post("/file" + PLACED, form, "Content-Type", CONTENT_TYPE).status())
        .isEqualTo(200);
    assertSpoolIsEmpty(fresh);
  }

  private static byte[] random(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }
}
