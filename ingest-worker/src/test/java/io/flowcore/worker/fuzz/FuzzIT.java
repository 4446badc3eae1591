package io.flowcore.worker.fuzz;

import static io.flowcore.worker.fuzz.Fuzzing.INPUTS;
import static io.flowcore.worker.fuzz.Fuzzing.SEED;
import static io.flowcore.worker.fuzz.Fuzzing.fuzz;
import static io.flowcore.worker.fuzz.Fuzzing.lines;
import static io.flowcore.worker.fuzz.Fuzzing.seeds;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.ingest.EventHeaders;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.ingest.RequestKey;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.ingest.file.UploadSpool;
import io.flowcore.worker.ingest.json.TopLevelFields;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.FairBudget;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a client sends, ingestion stores complete JSON objects or nothing, and rejects the rest
 * with an error of the HTTP contract.
 */
class FuzzIT {
  private static final String[] JSON_TOKENS = {
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

  private static final String FORM =
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

  private static final String[] MULTIPART_TOKENS = {
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
    "--"
  };

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

  private final Random random = new Random(SEED);
  private ResolvedEventType route;
  private ResolvedEventType strict;

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

  @Test
  void bodiesOfSingleEvents() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion = ingestion(store);
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
            JSON_TOKENS);
    fuzz(
        "single events",
        INPUTS,
        mutator,
        input -> ingestion.single(route, headers, input, input.length));
    assertThat(store.stored()).isPositive();
  }

  private static Ingestion ingestion(CheckingStore store) {
    return new Ingestion(
        store, new RequestDeduplicator(store, Clock.systemUTC()), Clock.systemUTC());
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
  void bodiesWithASchema() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion = ingestion(store);
    EventHeaders headers = headers(Optional.empty(), Optional.empty());
    String[] tokens = Arrays.copyOf(JSON_TOKENS, JSON_TOKENS.length + 9);
    String[] more = {
      "\"a\":", "\"b\":", "\"c\":", "\"d\":", "\"e\":[", "1e-999999", "9e99999999", "2.50", "0"
    };
    System.arraycopy(more, 0, tokens, JSON_TOKENS.length, more.length);
    Mutator mutator =
        new Mutator(
            random,
            seeds(
                "{\"a\":9}",
                "{\"b\":2.50,\"a\":-3}",
                "{\"c\":{\"d\":[1.0]}}",
                "{\"d\":5,\"e\":[1,2,{\"a\":6}]}"),
            tokens);
    fuzz(
        "events with a schema",
        INPUTS,
        mutator,
        input -> ingestion.single(strict, headers, input, input.length));
    assertThat(store.stored()).isPositive();
  }

  @Test
  void bodiesOfBatches() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion = ingestion(store);
    EventHeaders headers = headers(Optional.of("{\"a\":\"b\"}"), Optional.of("at"));
    Mutator mutator =
        new Mutator(
            random,
            seeds(
                "[{}]",
                "[{\"a\":1},{\"a\":2},{\"a\":3}]",
                "[ {\"at\":\"2026-01-01T00:00:00+01:00\"} , {\"at\":\"2026-01-01T00:00:00Z\"} ]"),
            JSON_TOKENS);
    fuzz("batches", INPUTS, mutator, input -> ingestion.batch(route, headers, input, input.length));
    assertThat(store.stored()).isPositive();
  }

  @Test
  void metadataAndTimesInHeaders() {
    CheckingStore store = new CheckingStore();
    Ingestion ingestion = ingestion(store);
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
                  Optional.of(text)
                      .filter(t -> which == 3)
                      .map(key -> new RequestKey("default/k", RequestKey.Endpoint.EVENT, key)));
          ingestion.single(route, headers, body, body.length);
        });
    assertThat(store.stored()).isPositive();
  }

  @Test
  void multipartForms(@TempDir Path spoolDirectory) throws Exception {
    CheckingStore store = new CheckingStore();
    UploadSpool spool =
        new UploadSpool(
            spoolDirectory, 1 << 20, new DiskBudget(DiskSpace.withoutReserve(spoolDirectory)));
    FileIngestion files =
        new FileIngestion(
            store,
            spool,
            new FairBudget("uploads", "memory", 1 << 20),
            new RequestDeduplicator(store, Clock.systemUTC()),
            Clock.systemUTC());
    Mutator mutator =
        new Mutator(random, seeds(FORM, FORM.replace("a.pdf", "日本.pdf")), MULTIPART_TOKENS);
    fuzz(
        "multipart forms",
        INPUTS,
        mutator,
        input -> {
          files.store(
              route,
              EventHeaders.NONE,
              "shop/key",
              "multipart/form-data; boundary=b",
              new ByteArrayInputStream(input));
          assertThat(spool.used()).isZero();
        });
    assertThat(spool.used()).isZero();
    assertThat(spoolDirectory).isEmptyDirectory();
    assertThat(store.stored()).isPositive();
  }
}
