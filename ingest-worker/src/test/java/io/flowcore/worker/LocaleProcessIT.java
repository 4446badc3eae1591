package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.WorkerClient.Answer;
import io.flowcore.worker.WorkerProcess.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole worker on machines with other locales, time zones and encodings stores the same. */
class LocaleProcessIT {
  private static final String TYPE = "invoice.issued.iii";
  private static final String PATH = "/acme/shop/orders/" + TYPE;
  private static final String PAYLOAD = "{ \"title\": \"INDIGO ışık İĞÜŞ سلام ٣ 😀\" }";
  private static final String METADATA = "{\"kişi\":\"ıİ ü سلام\"}";
  private static final String FILE_NAME = "ışık-İ-سلام-é.txt";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  /** A machine, by its locale and time zone. */
  record Machine(String locale, String zone, List<String> jvmOptions) {
    Jvm jvm() {
      return new Jvm(List.of(), jvmOptions, Map.of("LC_ALL", locale, "TZ", zone));
    }

    /** Runs a command and returns what it prints, which must be right whatever the machine. */
    String run(Path output, String... arguments) throws IOException, InterruptedException {
      Process process =
          jvm()
              .command(List.of(arguments))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertThat(process.waitFor()).as(() -> read(output)).isZero();
      return read(output);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path manifests() throws IOException {
    Path resources = Files.createDirectory(directory.resolve("resources"));
    for (String file : List.of("shop.yaml", "key.yaml")) {
      Files.copy(TestWorker.QUICKSTART.resolve(file), resources.resolve(file));
    }
    Files.writeString(
        resources.resolve("type.yaml"),
        """
        apiVersion: flowcore.io/v1alpha1
        kind: EventType
        metadata: {name: invoice}
        spec:
          flowTypeRef: {name: orders}
          name: invoice.issued.iii
          description: ışık سلام
        """);
    return resources;
  }

  /** Machines that have other digits, other letters, no encoding, and an odd offset. */
  private static Stream<Machine> machines() {
    return Stream.of(
        new Machine("ar_EG.UTF-8", "UTC", List.of("-Duser.language=ar", "-Duser.country=EG")),
        new Machine(
            "tr_TR.UTF-8", "Europe/Istanbul", List.of("-Duser.language=tr", "-Duser.country=TR")),
        new Machine("C", "UTC", List.of()),
        new Machine("C", "Pacific/Chatham", List.of("-Dfile.encoding=COMPAT")));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void everythingIsStoredArchivedAndPrintedTheSame(Machine machine) throws Exception {
    Path data = directory.resolve("data");
    Path output = directory.resolve("out");
    Instant past = Instant.now().minus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);
    try (WorkerProcess worker =
        WorkerProcess.startIn(machine.jvm(), manifests(), data, output, "--archive-every", "1")) {
      String metadata = Base64.getEncoder().encodeToString(METADATA.getBytes(UTF_8));
      postEvent(worker, past, metadata);
      JsonNode file = postFile(worker, past);
      assertEvents(worker);

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              worker
                  .management("/observe/metrics")
                  .body()
                  .contains("flowcore_archive_events_total 2.0"));
      assertEvents(worker);
      assertThat(worker.management("/observe/metrics").body()).matches("\\p{ASCII}+");

      Path archive = data.resolve("archive");
      assertThat(archivedNames(archive))
          .isNotEmpty()
          .allSatisfy(name -> assertThat(name).matches("\\p{ASCII}+"))
          .anySatisfy(name -> assertThat(name).contains(TYPE + "/" + past.toString().charAt(0)));
      Path printed = directory.resolve("printed");
      assertThat(machine.run(printed, "archive", "ls", "--archive", archive.toString()))
          .matches("\\p{ASCII}+");
      assertThat(machine.run(printed, "archive", "verify", "--archive", archive.toString()))
          .matches("\\p{ASCII}+");
      String hour = past.toString().substring(0, 13).replace('-', '/').replace('T', '/');
      String archivedHour = "acme/shop/orders/" + TYPE + "/" + hour;
      assertThat(
              machine.run(printed, "archive", "cat", "--archive", archive.toString(), archivedHour))
          .contains(PAYLOAD, "ıİ ü سلام", FILE_NAME);
      Path target = directory.resolve("download");
      assertThat(
              machine.run(
                  printed,
                  "file",
                  "get",
                  "--url",
                  worker.url("/file" + PATH).toString(),
                  "--key",
                  TestWorker.KEY,
                  "--file-id",
                  file.path("fileId").asText(),
                  "--output",
                  target.toString()))
          .contains(FILE_NAME, " bytes, SHA-256 " + file.path("checksum").asText());
      assertThat(Files.readString(target)).isEqualTo(PAYLOAD.repeat(100));

      worker.terminate();
      assertThat(worker.exitCode()).isZero();
      assertThat(worker.output()).contains("0 requests cut off").doesNotContainPattern("[٠-٩]");
    }
  }

  private static void postEvent(WorkerProcess worker, Instant time, String metadata) {
    Answer answer =
        worker.post(
            "/event" + PATH,
            PAYLOAD,
            "x-flowcore-event-time",
            time.toString(),
            "x-flowcore-metadata-json",
            metadata);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static JsonNode postFile(WorkerProcess worker, Instant time) {
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nışık\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
            + FILE_NAME
            + "\"\r\n\r\n"
            + PAYLOAD.repeat(100)
            + "\r\n--b--\r\n";
    Answer answer =
        worker.post(
            "/file" + PATH,
            form,
            "Content-Type",
            "multipart/form-data; boundary=b",
            "x-flowcore-event-time",
            time.toString());
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static void assertEvents(WorkerProcess worker) throws IOException {
    List<JsonNode> events = worker.events(TYPE);
    assertThat(events).hasSize(2);
    JsonNode event = events.get(0).path("payload").has("title") ? events.get(0) : events.get(1);
    JsonNode part = event == events.get(0) ? events.get(1) : events.get(0);
    assertThat(event.path("payload")).isEqualTo(JSON.readTree(PAYLOAD));
    assertThat(event.path("metadata").path("kişi").asText()).isEqualTo("ıİ ü سلام");
    assertThat(event.path("eventTime").asText()).matches("[0-9TZ:.-]+");
    assertThat(part.path("payload").path("fileName").asText()).isEqualTo(FILE_NAME);
    assertThat(part.path("payload").path("fileType").asText()).isEqualTo("ışık");
  }

  private static List<String> archivedNames(Path archive) throws IOException {
    try (Stream<Path> files = Files.walk(archive)) {
      return new ArrayList<>(
          files
              .filter(Files::isRegularFile)
              .map(file -> archive.relativize(file).toString())
              .toList());
    }
  }
}
