package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowcore.catalog.Sha256;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.client.EventTypeUrl;
import io.flowcore.worker.client.FileDownload;
import io.flowcore.worker.client.PrintableText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads of stored files, as {@code flowcore file get} does them. */
class FileDownloadIT {
  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();
  @TempDir private Path out;
  private final List<String> progress = new ArrayList<>();

  private byte[] upload(String fileId, int size, String... headers) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nt\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"fileId\"\r\n\r\n"
            + fileId
            + "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"
            + new String(content, ISO_8859_1)
            + "\r\n--b--\r\n";
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Content-Type", "multipart/form-data; boundary=b"));
    assertThat(
            worker
                .post("/file" + PLACED, form.getBytes(ISO_8859_1), all.toArray(String[]::new))
                .status())
        .isEqualTo(200);
    return content;
  }

  private FileDownload.Result get(String fileId) throws IOException, InterruptedException {
    return get(fileId, Optional.empty());
  }

  private FileDownload.Result get(String fileId, Optional<String> sha256)
      throws IOException, InterruptedException {
    EventTypeUrl url = EventTypeUrl.parse("http://127.0.0.1:" + worker.port() + "/file" + PLACED);
    try (FileDownload download =
        new FileDownload(
            url, KEY, fileId, sha256, (found, total) -> progress.add(found + "/" + total))) {
      return download.to(out.resolve("file"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"\\ud800\":\"\\udc00\"}",
        "{\"a\":%s}",
        "{\"a\":-%s.%1$sE-%1$s}",
        "{\"a\":1e999999999}",
        "{\"%s\":1,\"%1$s\":2}",
        "deep"
      })
  void otherEventsOfTheTypeDoNotStopADownload(String event) throws Exception {
    String body =
        event.equals("deep")
            ? "{\"a\":" + "[".repeat(999) + "]".repeat(999) + "}"
            : String.format(Locale.ROOT, event, "7".repeat(event.contains(".") ? 1_500 : 30_000));
    assertThat(worker.post("/event" + PLACED, body).status()).isEqualTo(200);
    byte[] content = upload("f-1", 1_000);

    get("f-1");
    assertThat(Files.readAllBytes(out.resolve("file"))).isEqualTo(content);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 524_288, 524_289, 2_000_000})
  void aFileIsDownloadedUnchanged(int size) throws Exception {
    byte[] content = upload("f-1", size);
    upload("f-2", 600_000);
    FileDownload.Result result = get("f-1");

    assertThat(Files.readAllBytes(out.resolve("file"))).isEqualTo(content);
    assertThat(result.size()).isEqualTo(size);
    assertThat(result.name()).isEqualTo("a.bin");
    assertThat(progress.getLast()).isEqualTo(progress.size() + "/" + progress.size());
    assertThat(out).isDirectoryContaining("glob:**file").isNotEmptyDirectory();
  }

  @Test
  void aFileOfAnOlderHourIsFound() throws Exception {
    byte[] content = upload("old", 700_000, "x-flowcore-event-time", "2026-01-01T10:00:00Z");
    upload("new", 700_000);
    get("old");

    assertThat(Files.readAllBytes(out.resolve("file"))).isEqualTo(content);
  }

  @Test
  void aFileThatWasSentTwiceIsDownloadedOnce() throws Exception {
    upload("f", 1_200_000);
    byte[] content = upload("f", 1_200_000);
    get("f");

    assertThat(Files.readAllBytes(out.resolve("file"))).isEqualTo(content);
  }

  @Test
  void twoFilesWithTheSameIdAreReported() {
    upload("f", 1_200_000);
    upload("f", 1_200_001);

    assertThatThrownBy(() -> get("f")).hasMessageContaining("two different files");
    assertThat(out).isEmptyDirectory();
  }

  @Test
  void theErrorForAnIncompleteFileListsTheMissingParts() {
    upload("whole", 4_000_000);
    List<com.fasterxml.jackson.databind.JsonNode> parts = worker.events("order.placed");
    for (int part : List.of(0, 3, 6)) {
      ObjectNode payload = parts.get(part).get("payload").deepCopy();
      payload.put("fileId", "incomplete").put("data", "AAAA");
      assertThat(worker.post("/event" + PLACED, payload.toString()).status()).isEqualTo(200);
    }

    assertThatThrownBy(() -> get("incomplete"))
        .hasMessageContaining("of its 8 parts these are missing: 2-3, 5-6, 8");
    assertThat(out).isEmptyDirectory();
  }

  @Test
  void aFileWithChangedPartsIsReported() {
    upload("whole", 10);
    ObjectNode payload = worker.events("order.placed").getFirst().get("payload").deepCopy();
    payload.put("fileId", "changed").put("data", "AAAAAAAAAAAAAA==");
    worker.post("/event" + PLACED, payload.toString());

    assertThatThrownBy(() -> get("changed")).hasMessageContaining("the checksum");
    assertThat(out).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fileSize|-1|the fileSize -1; it must be a whole number from 0",
        "fileSize|\"x\"|the fileSize \"x\"; it must be a whole number",
        "fileSize|5|part 1 has 10 bytes, which is more than fits in the file of 5 bytes",
        "totalParts|0|the totalParts 0; it must be a whole number from 1",
        "totalParts|1e99|the totalParts 1",
        "part|2|the part 2; it must be a whole number from 1 to 1",
        "part|-1|the part -1",
        "data|\"%\"|part 1 is not valid base64",
        "checksum|\"a\\u001b[2J\"|but the uploaded file had a\\u001b[2J"
      })
  void aForgedPartIsReported(String field, String value, String problem) throws Exception {
    upload("whole", 10);
    ObjectNode payload = worker.events("order.placed").getFirst().get("payload").deepCopy();
    payload.put("fileId", "forged");
    payload.set(field, new ObjectMapper().readTree(value));
    assertThat(worker.post("/event" + PLACED, payload.toString()).status()).isEqualTo(200);

    assertThatThrownBy(() -> get("forged"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(problem);
    assertThat(out).isEmptyDirectory();
  }

  @Test
  void theFileWithTheExpectedChecksumIsDownloadedAlthoughANewerOneHasItsId() throws Exception {
    byte[] content = upload("f", 1_200_000);
    upload("f", 1_200_001);
    String sha256 = HexFormat.of().formatHex(Sha256.newDigest().digest(content));

    assertThat(get("f", Optional.of(sha256)).checksum()).isEqualTo(sha256);

    assertThat(Files.readAllBytes(out.resolve("file"))).isEqualTo(content);
    assertThatThrownBy(() -> get("f", Optional.of("0".repeat(64))))
        .hasMessageContaining("has the SHA-256")
        .hasMessageContaining("but " + "0".repeat(64) + " is expected");
    assertThat(Files.readAllBytes(out.resolve("file"))).isEqualTo(content);
  }

  @Test
  void namesArePrintedWithControlCharactersEscaped() {
    assertThat(PrintableText.escape("é\u001b[2J\n\u202egpj.\u2028ü😀"))
        .isEqualTo("é\\u001b[2J\\u000a\\u202egpj.\\u2028ü😀");
  }

  @Test
  void theErrorNamesWhatDoesNotExist() {
    assertThatThrownBy(() -> get("nope")).hasMessageContaining("no file with the id 'nope'");
    assertThatThrownBy(() -> EventTypeUrl.parse("http://x/file/a/b/c"))
        .hasMessageContaining("is not the URL of a webhook");
    EventTypeUrl url =
        EventTypeUrl.parse("http://127.0.0.1:" + worker.port() + "/api/v1/file" + PLACED);
    try (FileDownload download =
        new FileDownload(url, "fc_wrong_key", "f", Optional.empty(), (found, total) -> {})) {
      assertThatThrownBy(() -> download.to(out.resolve("file")))
          .hasMessageContaining("401")
          .message()
          .doesNotContain("fc_wrong_key");
    }
  }
}
