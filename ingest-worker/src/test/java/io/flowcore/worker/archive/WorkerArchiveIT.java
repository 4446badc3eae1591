package io.flowcore.worker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.WorkerClient.Answer;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.s3.S3ArchiveStore;
import io.flowcore.worker.archive.store.s3.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that archives to a real S3 server, which may be unavailable. */
class WorkerArchiveIT {
  private static final String PAYLOAD = "{ \"n\" : %d,\n \"s\": \"é\" }";
  private static final String[] AUTHORIZED = {"Authorization", "fc_vault_0123456789abcdef"};

  @Test
  void noEventIsLostWhileTheBucketIsUnavailableAndArchivedEventsAreReturnedByteForByte(
      @TempDir Path data, @TempDir Path objects) throws Exception {
    Instant past = Instant.now().minus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);
    try (S3Server server = new S3Server(objects);
        TestWorker worker = TestWorker.start(data, manifests(server))) {
      server.fault(FaultyProxy.Fault.ERROR_403);
      for (int i = 0; i < 30; i++) {
        post(worker, past.plusSeconds(i), PAYLOAD.formatted(i), "1s");
      }
      await()
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .containsPattern("flowcore_archive_failures_total [1-9]"));
      Answer rejected = query(worker, past, 7, "");
      assertThat(rejected.status()).as("never an incomplete response").isEqualTo(503);
      assertThat(rejected.error()).isEqualTo("store_unavailable");
      assertThat(worker.management("/observe/health/ready").status()).isEqualTo(200);

      server.fault(FaultyProxy.Fault.NONE);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .contains(
                      "flowcore_archive_events_total 30.0", "flowcore_archive_lag_seconds 0.0"));
      List<String> events = read(worker, past, 7);
      assertThat(events).hasSize(30);
      for (int i = 0; i < 30; i++) {
        assertThat(events.get(i)).contains(PAYLOAD.formatted(i));
      }
      worker.restart();
      assertThat(read(worker, past, 4)).as("after a restart, from the archive").isEqualTo(events);

      try (S3ArchiveStore store = new S3ArchiveStore(server.settings())) {
        ArchiveInspection inspection = new ArchiveInspection(store);
        List<Manifest> manifests = new ArrayList<>();
        inspection.visit("", new Collecting(manifests));
        assertThat(manifests.stream().mapToLong(Manifest::events).sum()).isEqualTo(30);
      }
      worker.restart();
      server.fault(FaultyProxy.Fault.ERROR_403);
      Answer unavailable = query(worker, past, 7, "");
      assertThat(unavailable.status()).isEqualTo(503);
      assertThat(unavailable.error()).isEqualTo("store_unavailable");
      server.fault(FaultyProxy.Fault.NONE);
      assertThat(read(worker, past, 7)).isEqualTo(events);
    }
  }

  @Test
  void anotherWorkerWithOnlyTheResourcesAndTheBucketReadsAllEventsWithTheSameIds(
      @TempDir Path lost, @TempDir Path replacement, @TempDir Path objects) throws Exception {
    Instant past = Instant.now().minus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);
    try (S3Server server = new S3Server(objects)) {
      List<String> before;
      try (TestWorker worker = TestWorker.start(lost, manifests(server))) {
        for (int i = 0; i < 25; i++) {
          post(worker, past.plus(i % 3, ChronoUnit.HOURS), PAYLOAD.formatted(i), "1h");
        }
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(() ->
                assertThat(worker.management("/observe/metrics").body())
                    .contains("flowcore_archive_events_total 25.0"));
        before = readThreeHours(worker, past);
      }
      try (TestWorker worker = TestWorker.start(replacement, manifests(server))) {
        assertThat(readThreeHours(worker, past)).hasSize(25).isEqualTo(before);
        Answer hours =
            worker.post(
                "/api/v1/time-buckets/by-names",
                "{\"tenant\":\"acme\",\"dataCoreId\":\"vault\",\"flowType\":\"papers\",\"eventTypes\":[\"filed\"]}"
                    .getBytes(UTF_8),
                AUTHORIZED);
        assertThat(hours.json().path("timeBuckets")).hasSize(3);
      }
    }
  }

  @Test
  void eventsThatWaitWhenTheirTypeIsNoLongerArchivedNeverReachTheBucket(
      @TempDir Path data, @TempDir Path objects) throws Exception {
    Instant past = Instant.now().minus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);
    try (S3Server server = new S3Server(objects);
        TestWorker worker = TestWorker.start(data, manifests(server))) {
      server.fault(FaultyProxy.Fault.ERROR_503);
      post(worker, past, PAYLOAD.formatted(1), "1s");
      await()
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .containsPattern("flowcore_archive_failures_total [1-9]"));
      String revision = worker.management("/observe/catalog").json().path("revision").asText();
      Files.writeString(
          worker.resources().resolve("more-0.yaml"),
          manifests(server)
              .replace("name: filed}", "name: filed, archive: false}")
              .replace("metadata: {name: filed, archive: false}", "metadata: {name: filed}"));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() ->
              !worker
                  .management("/observe/catalog")
                  .json()
                  .path("revision")
                  .asText()
                  .equals(revision));
      // An hour that was begun before the change is completed.
      AtomicInteger before = new AtomicInteger();
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(60))
          .until(() -> before.getAndSet(server.requests()) == server.requests());
      server.fault(FaultyProxy.Fault.NONE);
      int requests = server.requests();
      post(worker, past.plusSeconds(1), PAYLOAD.formatted(2), "1h");

      assertThat(read(worker, past, 5)).as("readable after its TTL, for an hour").hasSize(2);
      // Three passes and more; the interval is 0.3 s.
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .contains("flowcore_archive_events_total 0.0"));
      assertThat(server.requests()).as("the query has looked").isGreaterThanOrEqualTo(requests);
      try (S3ArchiveStore store = new S3ArchiveStore(server.settings())) {
        assertThat(store.list("")).isEmpty();
      }
    }
  }

  @Test
  void aWorkerStartsAndAcceptsEventsBeforeItsBucketResponds(
      @TempDir Path data, @TempDir Path objects) throws Exception {
    Instant past = Instant.now().minus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);
    try (S3Server server = new S3Server(objects)) {
      server.fault(FaultyProxy.Fault.ERROR_503);
      try (TestWorker worker = TestWorker.start(data, manifests(server))) {
        assertThat(worker.management("/observe/health/ready").status()).isEqualTo(200);
        post(worker, past, "{\"n\":1}", "1h");

        server.fault(FaultyProxy.Fault.NONE);

        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(() ->
                assertThat(worker.management("/observe/metrics").body())
                    .contains("flowcore_archive_events_total 1.0"));
      }
    }
  }

  private static List<String> readThreeHours(TestWorker worker, Instant first) {
    List<String> events = new ArrayList<>();
    for (int hour = 0; hour < 3; hour++) {
      events.addAll(read(worker, first.plus(hour, ChronoUnit.HOURS), 5));
    }
    return events;
  }

  @Test
  void segmentsOfLateEventsAreCompacted(@TempDir Path data, @TempDir Path objects)
      throws Exception {
    Instant past = Instant.now().minus(30, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);
    try (S3Server server = new S3Server(objects);
        TestWorker worker = TestWorker.start(data, manifests(server))) {
      for (int i = 0; i < 20; i++) {
        post(worker, past.plusSeconds(i), "{\"n\":%d}".formatted(i), "1h");
        String archived = "flowcore_archive_events_total " + (i + 1) + ".0";
        await()
            .untilAsserted(
                () -> assertThat(worker.management("/observe/metrics").body()).contains(archived));
      }
      List<Manifest> manifests = new ArrayList<>();
      try (S3ArchiveStore store = new S3ArchiveStore(server.settings())) {
        new ArchiveInspection(store).visit("", new Collecting(manifests));
      }
      assertThat(manifests).hasSize(1);
      assertThat(manifests.getFirst().events()).isEqualTo(20);
      assertThat(manifests.getFirst().segments()).hasSizeLessThan(10);
      assertThat(read(worker, past, 3)).hasSize(20);
    }
  }

  private record Collecting(List<Manifest> manifests)
      implements ArchiveInspection.Visitor<RuntimeException> {
    @Override
    public void hour(String prefix, Manifest manifest) {
      manifests.add(manifest);
    }

    @Override
    public void broken(String prefix, ArchiveException problem) {
      throw new AssertionError(problem);
    }
  }

  private static String manifests(S3Server server) {
    var settings = server.settings();
    var credentials = settings.credentials().orElseThrow().get();
    return """
    apiVersion: flowcore.io/v1alpha1
    kind: DataCore
    metadata: {name: vault}
    spec:
      tenant: acme
      name: vault
      hotStore: {embedded: {storage: 1Gi}}
      archive:
        s3:
          bucket: %s
          prefix: some/prefix
          region: us-east-1
          endpoint: %s
          pathStyle: true
          credentialsSecretRef: {name: bucket}
    ---
    apiVersion: flowcore.io/v1alpha1
    kind: FlowType
    metadata: {name: papers}
    spec: {dataCoreRef: {name: vault}, name: papers}
    ---
    apiVersion: flowcore.io/v1alpha1
    kind: EventType
    metadata: {name: filed}
    spec: {flowTypeRef: {name: papers}, name: filed}
    ---
    apiVersion: flowcore.io/v1alpha1
    kind: WebhookKey
    metadata: {name: vault}
    spec: {dataCoreRef: {name: vault}, permissions: [ingest, fetch], existingSecretRef: {name: vault}}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: vault}
    stringData: {key: fc_vault_0123456789abcdef}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: bucket}
    stringData: {accessKeyId: %s, secretAccessKey: %s}
    """
        .formatted(
            settings.bucket(),
            settings.endpoint().orElseThrow(),
            credentials.accessKeyId(),
            credentials.secretAccessKey());
  }

  private static void post(TestWorker worker, Instant time, String body, String ttl) {
    Answer answer =
        worker.post(
            "/event/acme/vault/papers/filed",
            body.getBytes(UTF_8),
            AUTHORIZED[0],
            AUTHORIZED[1],
            "x-flowcore-event-time",
            time.toString(),
            "x-flowcore-metadata-json",
            "{\"ttl-on/stored-event\":\"" + ttl + "\"}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  private static Answer query(TestWorker worker, Instant hour, int pageSize, String cursor) {
    String digits = hour.toString().replaceAll("[^0-9]", "");
    String body =
        "{\"tenant\":\"acme\",\"dataCoreId\":\"vault\",\"flowType\":\"papers\",\"eventTypes\":[\"filed\"],\"timeBucket\":\"%s\",\"pageSize\":%d%s}"
            .formatted(digits, pageSize, cursor.isEmpty() ? "" : ",\"cursor\":\"" + cursor + "\"");
    return worker.post("/api/v1/events", body.getBytes(UTF_8), AUTHORIZED);
  }

  /** Returns every event of an hour, byte for byte as in the response. */
  private static List<String> read(TestWorker worker, Instant hour, int pageSize) {
    List<String> events = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = query(worker, hour, pageSize, cursor);
      assertThat(page.status()).as(page.body()).isEqualTo(200);
      String text = page.body();
      int from = text.indexOf('[') + 1;
      int to = text.lastIndexOf(']');
      for (String event : text.substring(from, to).split(",(?=\\{\"eventId\")", -1)) {
        events.add(event);
      }
      cursor = page.json().path("nextCursor").asText("");
    } while (!cursor.isEmpty());
    return events;
  }
}
