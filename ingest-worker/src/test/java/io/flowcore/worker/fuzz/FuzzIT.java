package io.flowcore.worker.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.ingest.EventHeaders;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.ingest.file.UploadSpool;
import io.flowcore.worker.ingest.json.TopLevelFields;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StubStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is sent, the worker stores whole JSON objects or nothing, refuses in the form of the
 * contract, and leaks nothing. {@code -Dfuzz.inputs} sets how many inputs each target gets (20,000;
 * a tenth of that over sockets), {@code -Dfuzz.seed} repeats a run.
 */
class FuzzIT {
  private static final long INPUTS = Long.getLong("fuzz.inputs", 20_000);
  private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());
  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNumberLength(Integer.MAX_VALUE)
                          .maxNestingDepth(2_000)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private static final String[] JSON_WORDS = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "1e999",
    "-0",
    "NaN",
    "\"at\":\"2026-01-01T00:00:00Z\"",
    "\"at\":5",
    "\u0000",
    "\u00ef\u00bb\u00bf",
    "\u00ff",
    "\n",
    "[[[[[[",
    "{\"a\":"
  };

  private final Random random = new Random(SEED);
  private ResolvedEventType route;
  private ResolvedEventType strict;

  private static final String STRICT =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: strict}
      spec:
        flowTypeRef: {name: orders}
        name: strict
        schema:
          properties:
            a: {multipleOf: 3, minimum: -9}
            b: {enum: [1, 2.5, null, x]}
            c: {const: {d: [1]}}
            d: {type: integer, format: date-time, pattern: "^(x+)+$", maxLength: 9}
            e: {type: array, uniqueItems: true, items: {$ref: "#"}, contains: {const: 1}}
          not: {required: [z]}
      """;

  @BeforeEach
  void quickstart(@TempDir Path manifests) throws Exception {
    for (String file : List.of("shop.yaml", "key.yaml")) {
      Files.copy(TestWorker.QUICKSTART.resolve(file), manifests.resolve(file));
    }
    Files.writeString(manifests.resolve("strict.yaml"), STRICT);
    CatalogIndex index = new CatalogIndex(new ManifestDirectory(manifests).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    route = index.eventType(core.id(), "orders", "order.placed").orElseThrow();
    strict = index.eventType(core.id(), "orders", "strict").orElseThrow();
  }

  /** Takes everything, and looks at it with another parser. */
  private static final class CheckingStore extends StubStore {
    private long stored;

    @Override
    public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey) {
      List<EventId> ids = new ArrayList<>();
      for (NewEvent event : events) {
        stored++;
        assertObject(event.payload(), event.offset(), event.length());
        byte[] metadata = event.details().metadata();
        assertObject(metadata, 0, metadata.length);
        ids.add(EventId.of(stored, stored));
      }
      return ids;
    }

    private static void assertObject(byte[] bytes, int offset, int length) {
      try {
        assertThat(JSON.readTree(bytes, offset, length).isObject()).isTrue();
      } catch (NumberFormatException | ArithmeticException tooLargeForThisParser) {
        assertThat(new String(bytes, offset, length, UTF_8)).containsPattern("[eE][+-]?[0-9]{8}");
      } catch (IOException e) {
        throw new AssertionError(HexFormat.of().formatHex(bytes, offset, offset + length), e);
      }
    }
  }

  /** One input. What it throws besides refusals is a defect. */
  private interface Target {
    void take(byte[] input) throws Exception;
  }

  private static void fuzz(String name, long inputs, Mutator mutator, Target target) {
    long refused = 0;
    for (long n = 0; n < inputs; n++) {
      byte[] input = mutator.next();
      try {
        target.take(input);
      } catch (ApiException expected) {
        assertThat(expected.getMessage()).isNotBlank();
        refused++;
      } catch (Exception | Error e) {
        throw new AssertionError(
            "%s, seed %d, input %d: %s".formatted(name, SEED, n, HexFormat.of().formatHex(input)),
            e);
      }
    }
    System.out.printf(
        "FuzzIT: %s: %,d inputs, %,d refused (seed %d)%n", name, inputs, refused, SEED);
    assertThat(refused).isBetween(inputs / 100, inputs - inputs / 100);
  }

  private static List<byte[]> seeds(String... texts) {
    List<byte[]> seeds = new ArrayList<>();
    for (String text : texts) {
      seeds.add(text.getBytes(UTF_8));
    }
    return seeds;
  }

  private static String lines(String... lines) {
    return String.join("\r\n", lines);
  }

  @Test
  void bodiesOfSingleEvents() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion =
        new Ingestion(store, new RequestDeduplicator(store, Clock.systemUTC()), Clock.systemUTC());
    EventHeaders headers = headers(Optional.empty(), Optional.of("at"));
    Mutator mutator =
        new Mutator(
            random,
            seeds(
                "{}",
                "{\"a\":1}",
                " {\"a\":[1,2,{\"b\":null}],\"c\":\"\\u00e9 \\n\"} ",
                "{\"at\":\"2026-01-01T00:00:00Z\",\"x\":-1.5e3}",
                "{\"日本\":\"😀\",\"n\":12345678901234567890}"),
            JSON_WORDS);
    fuzz(
        "single events",
        INPUTS,
        mutator,
        input -> ingestion.single(route, headers, input, input.length));
    assertThat(store.stored).isPositive();
  }

  private static EventHeaders headers(Optional<String> metadata, Optional<String> timeKey) {
    return new EventHeaders(
        metadata,
        Optional.empty(),
        Optional.empty(),
        new TopLevelFields(timeKey, timeKey),
        Optional.empty());
  }

  @Test
  void bodiesThatASchemaJudges() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion =
        new Ingestion(store, new RequestDeduplicator(store, Clock.systemUTC()), Clock.systemUTC());
    EventHeaders headers = headers(Optional.empty(), Optional.empty());
    String[] words = Arrays.copyOf(JSON_WORDS, JSON_WORDS.length + 9);
    String[] more = {
      "\"a\":", "\"b\":", "\"c\":", "\"d\":", "\"e\":[", "1e-999999", "9e99999999", "2.50", "0"
    };
    System.arraycopy(more, 0, words, JSON_WORDS.length, more.length);
    Mutator mutator =
        new Mutator(
            random,
            seeds(
                "{\"a\":9}",
                "{\"b\":2.50,\"a\":-3}",
                "{\"c\":{\"d\":[1.0]}}",
                "{\"d\":5,\"e\":[1,2,{\"a\":6}]}"),
            words);
    fuzz(
        "events with a schema",
        INPUTS,
        mutator,
        input -> ingestion.single(strict, headers, input, input.length));
    assertThat(store.stored).isPositive();
  }

  @Test
  void bodiesOfBatches() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion =
        new Ingestion(store, new RequestDeduplicator(store, Clock.systemUTC()), Clock.systemUTC());
    EventHeaders headers = headers(Optional.of("{\"a\":\"b\"}"), Optional.of("at"));
    Mutator mutator =
        new Mutator(
            random,
            seeds(
                "[{}]",
                "[{\"a\":1},{\"a\":2},{\"a\":3}]",
                "[ {\"at\":\"2026-01-01T00:00:00+01:00\"} , {\"at\":\"2026-01-01T00:00:00Z\"} ]"),
            JSON_WORDS);
    fuzz("batches", INPUTS, mutator, input -> ingestion.batch(route, headers, input, input.length));
    assertThat(store.stored).isPositive();
  }

  @Test
  void metadataAndTimesInHeaders() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion =
        new Ingestion(store, new RequestDeduplicator(store, Clock.systemUTC()), Clock.systemUTC());
    byte[] body = "{}".getBytes(UTF_8);
    String json = "{\"ttl-on/stored-event\":\"1d12h\",\"a\":{\"b\":1.10},\"c\":\"d\"}";
    Mutator mutator =
        new Mutator(
            random,
            seeds(
                json,
                Base64.getEncoder().encodeToString(json.getBytes(UTF_8)),
                Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString("{\"ü\":\"?>\"}".getBytes(UTF_8)),
                "{\"do-not-archive-on/stored-event\":\"true\"}",
                "2026-01-01T00:00:00.123456789+05:30",
                "1582-10-15T00:00:00Z"),
            "{",
            "}",
            "\"",
            "=",
            "-",
            "_",
            "true",
            "5d",
            "1e99999999999",
            "Z",
            "+18:00",
            "9999",
            "T",
            "ttl-on/stored-event");
    fuzz(
        "headers",
        INPUTS,
        mutator,
        input -> {
          String text = new String(input, ISO_8859_1);
          int which = random.nextInt(4);
          EventHeaders headers =
              new EventHeaders(
                  Optional.of(text).filter(t -> which == 0),
                  Optional.of(text).filter(t -> which == 1),
                  Optional.of(text).filter(t -> which == 2),
                  TopLevelFields.NONE,
                  Optional.of(text).filter(t -> which == 3));
          ingestion.single(route, headers, body, body.length);
        });
    assertThat(store.stored).isPositive();
  }

  @Test
  void multipartForms(@TempDir Path spoolFolder) throws Exception {
    CheckingStore store = new CheckingStore();
    UploadSpool spool =
        new UploadSpool(spoolFolder, 1 << 20, DiskBudget.of(spoolFolder, OptionalLong.empty()));
    FileIngestion files =
        new FileIngestion(
            store, spool, new RequestDeduplicator(store, Clock.systemUTC()), Clock.systemUTC());
    String form =
        lines(
            "--b",
            "Content-Disposition: form-data; name=\"type\"",
            "",
            "invoice",
            "--b",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"",
            "Content-Type: application/pdf",
            "",
            "content",
            "--b",
            "Content-Disposition: form-data; name=\"additionalProperties\"",
            "",
            "{\"n\":1.10}",
            "--b--",
            "");
    Mutator mutator =
        new Mutator(
            random,
            seeds(form, form.replace("a.pdf", "日本.pdf")),
            "--b",
            "--b--",
            "\r\n",
            "\n",
            "\r\n\r\n",
            "\"",
            ";",
            "name=",
            "filename=",
            "filename*=UTF-8''%e6",
            "form-data",
            "Content-Disposition:",
            "\u0000",
            "type",
            "file",
            "fileId",
            "additionalProperties",
            "{}",
            "--");
    fuzz(
        "multipart forms",
        INPUTS,
        mutator,
        input -> {
          files.store(
              route,
              EventHeaders.NONE,
              "multipart/form-data; boundary=b",
              new ByteArrayInputStream(input));
          assertThat(spool.used()).isZero();
        });
    assertThat(spool.used()).isZero();
    assertThat(spoolFolder).isEmptyDirectory();
    assertThat(store.stored).isPositive();
  }

  @Test
  void wholeRequestsOverSockets(@TempDir Path folder) throws Exception {
    String target = "/acme/shop/orders/order.placed";
    String head = " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TestWorker.KEY + "\r\n";
    List<byte[]> requests = new ArrayList<>();
    requests.add(request("POST /event" + target + head, "", "{\"a\":1}".getBytes(UTF_8)));
    requests.add(request("POST /events" + target + head, "", "[{\"a\":1},{}]".getBytes(UTF_8)));
    requests.add(
        request(
            "POST /event" + target + head,
            "Content-Encoding: gzip\r\n",
            compressed("{\"a\":1}", true)));
    requests.add(
        request(
            "POST /events" + target + head,
            "Content-Encoding: deflate\r\nx-flowcore-event-time: 2026-01-01T00:00:00Z\r\n",
            compressed("[{\"a\":1}]", false)));
    requests.add(
        ("POST /event"
                + target
                + head
                + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n")
            .getBytes(UTF_8));
    requests.add(
        request(
            "POST /file" + target + head,
            "Content-Type: multipart/form-data; boundary=b\r\n",
            lines(
                    "--b",
                    "Content-Disposition: form-data; name=\"type\"",
                    "",
                    "t",
                    "--b",
                    "Content-Disposition: form-data; name=\"file\"; filename=\"a\"",
                    "",
                    "abc",
                    "--b--",
                    "")
                .getBytes(UTF_8)));
    requests.add(
        ("GET /api/v1/time-buckets?eventTypeId="
                + TestWorker.typeId("order.placed")
                + "&pageSize=2&order=desc"
                + head
                + "\r\n")
            .getBytes(UTF_8));
    requests.add(
        request(
            "POST /api/v1/events" + head,
            "",
            ("{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"],"
                    + "\"timeBucket\":\"20260101000000\",\"pageSize\":3}")
                .getBytes(UTF_8)));
    requests.add(("GET /api/v1/data-cores?tenant=acme" + head + "\r\n").getBytes(UTF_8));
    Mutator mutator =
        new Mutator(
            random,
            requests,
            "\r\n",
            "\r\n\r\n",
            ":",
            " ",
            "%00",
            "%2F",
            "/",
            "?",
            "&",
            "key=",
            "HTTP/1.1",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Encoding: gzip\r\n",
            "chunked",
            "{",
            "}",
            "\u0000",
            "\u00ff",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "GET ",
            "POST ",
            "HEAD ",
            "OPTIONS ");
    try (TestWorker worker = TestWorker.start(folder)) {
      fuzzSocket(worker, mutator);
      assertThat(worker.post("/event" + target, "{}").status()).isEqualTo(200);
      await()
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .contains("flowcore_http_requests_in_flight 0.0")
                  .contains("flowcore_http_body_memory_bytes 0.0")
                  .contains("flowcore_query_memory_bytes 0.0")
                  .contains("flowcore_upload_spool_bytes 0.0")
                  .contains("flowcore_http_refused_requests_total{code=\"internal_error\"} 0.0"));
      for (JsonNode event : worker.events("order.placed")) {
        assertThat(event.get("payload").isObject()).isTrue();
      }
    }
  }

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  private static void fuzzSocket(TestWorker worker, Mutator mutator) {
    long inputs = INPUTS / 10;
    long[] refused = new long[1];
    for (long n = 0; n < inputs; n++) {
      byte[] input = mutator.next();
      try {
        Matcher status = STATUS.matcher(exchange(worker, input));
        while (status.find()) {
          int code = Integer.parseInt(status.group(1));
          assertThat(code).isNotIn(500, 501, 502, 503);
          refused[0] += code >= 400 ? 1 : 0;
        }
      } catch (Exception | Error e) {
        throw new AssertionError(
            "requests, seed %d, input %d: %s".formatted(SEED, n, new String(input, ISO_8859_1)), e);
      }
    }
    System.out.printf(
        "FuzzIT: whole requests: %,d inputs, %,d refused (seed %d)%n", inputs, refused[0], SEED);
    assertThat(refused[0]).isPositive();
  }

  /** What comes back when this is sent and nothing more. */
  private static String exchange(TestWorker worker, byte[] input) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      socket.setSoTimeout(30_000);
      try {
        socket.getOutputStream().write(input);
        socket.shutdownOutput();
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      } catch (SocketException closedByTheWorker) {
        return "";
      }
    }
  }

  private static byte[] request(String head, String headers, byte[] body) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write((head + headers + "Content-Length: " + body.length + "\r\n\r\n").getBytes(UTF_8));
    request.write(body);
    return request.toByteArray();
  }

  private static byte[] compressed(String text, boolean gzip) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = gzip ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }
}
