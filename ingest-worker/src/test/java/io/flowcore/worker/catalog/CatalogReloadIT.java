package io.flowcore.worker.catalog;

import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorker.Answer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogReloadIT {
  private static final String REFUND =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: EventType
      metadata: {name: refunded}
      spec: {flowTypeRef: {name: orders}, name: order.refunded%s}
      """;
  private static final String REFUNDED = "/event/acme/shop/orders/order.refunded";

  @TempDir private Path folder;
  private TestWorker worker;

  @BeforeEach
  void start() throws Exception {
    worker = TestWorker.start(folder);
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private void write(String file, String text) throws IOException {
    Path draft = Files.writeString(folder.resolve("draft"), text);
    Files.move(
        draft,
        worker.resources().resolve(file),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private void awaitStatus(String url, int status) {
    await().untilAsserted(() -> assertThat(worker.post(url, "{}").status()).isEqualTo(status));
  }

  private void awaitRefusal(String... texts) {
    await()
        .untilAsserted(() ->
            assertThat(worker.management("/observe/catalog").json().get("refused").toString())
                .contains(texts));
  }

  @Test
  void aNewEventTypeIsLiveWithoutARestartAndGoneWhenItsFileIs() throws IOException {
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(404);
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    Files.delete(worker.resources().resolve("refund.yaml"));
    awaitStatus(REFUNDED, 404);
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aFileThatIsNoYamlTakesNothingDown() throws IOException {
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    write("refund.yaml", "kind: [EventType\n  half: written");
    awaitRefusal("refund.yaml", "no YAML");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(200);
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aResourceThatTurnsBadStaysInForceAsItLastWas() throws IOException {
    write("refund.yaml", REFUND.formatted(", maxEventSize: 1Ki"));
    awaitStatus(REFUNDED, 200);
    write("refund.yaml", REFUND.formatted(", maxEventSize: huge"));
    awaitRefusal("refunded", "maxEventSize", "last good version stays in force");
    assertThat(worker.post(REFUNDED, "{\"a\":\"" + "x".repeat(2_000) + "\"}").error())
        .isEqualTo("event_too_large");
    write("refund.yaml", REFUND.formatted(", maxEventSize: 10Ki"));
    await()
        .untilAsserted(() ->
            assertThat(worker.post(REFUNDED, "{\"a\":\"" + "x".repeat(2_000) + "\"}").status())
                .isEqualTo(200));
    assertThat(worker.management("/observe/catalog").json().get("refused")).isEmpty();
  }

  @Test
  void anUnknownFieldIsNamed() throws IOException {
    write("refund.yaml", REFUND.formatted(", retension: {hot: 1d}"));
    awaitRefusal("refund.yaml", "spec.retension is no field");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(404);
  }

  @Test
  void aRevokedKeyIsRefusedAndARotatedOneIsTaken() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    String other = "fc_quickstart_another-secret-for-trying";
    write("key.yaml", key.replace(TestWorker.KEY, other));
    awaitStatus("/event" + PLACED, 401);
    Answer answer =
        worker.send(
            worker
                .bare("/event" + PLACED)
                .header("Authorization", other)
                .POST(BodyPublishers.ofByteArray("{}".getBytes(UTF_8)))
                .build());
    assertThat(answer.status()).isEqualTo(200);
    Files.delete(worker.resources().resolve("key.yaml"));
    await()
        .untilAsserted(() ->
            assertThat(
                    worker
                        .send(
                            worker
                                .bare("/event" + PLACED)
                                .header("Authorization", other)
                                .POST(BodyPublishers.ofString("{}"))
                                .build())
                        .status())
                .isEqualTo(401));
  }

  @Test
  void aNewcomerDoesNotTakeANameThatIsInUse() throws IOException {
    String usurper =
        """
        apiVersion: flowcore.io/v1alpha1
        kind: EventType
        metadata: {name: aaa}
        spec: {flowTypeRef: {name: orders}, name: order.placed, maxEventSize: 1}
        """;
    write("0.yaml", usurper);
    awaitRefusal("aaa", "NameConflict", "came first");
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aResourceThatStandsInASecondFileKeepsItsFirst() throws IOException {
    write("refund.yaml", REFUND.formatted(", maxEventSize: 10Ki"));
    awaitStatus(REFUNDED, 200);
    write("0.yaml", REFUND.formatted(", maxEventSize: 1"));
    awaitRefusal("0.yaml", "stands in refund.yaml already");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aSpoiledSecretLeavesItsKeyAsItWas() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    write("key.yaml", key.replace(TestWorker.KEY, "fc_oops"));
    awaitRefusal("Secret", "InvalidKey", "last good version stays in force");
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aKeyIsSuspendedThoughItsSecretIsSpoiledWithTheSameEdit() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    write(
        "key.yaml",
        key.replace(TestWorker.KEY, "fc_oops")
            .replaceFirst("dataCoreRef:", "suspended: true\n  dataCoreRef:"));
    awaitStatus("/event" + PLACED, 403);
  }

  @Test
  void anEmptiedFileIsNoDeletion() throws IOException {
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    write("refund.yaml", "");
    awaitRefusal("refund.yaml is empty");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aSuspendedKeyIsSuspendedThoughItsDataCoreIsBroken() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    String shop = Files.readString(TestWorker.QUICKSTART.resolve("shop.yaml"));
    write("shop.yaml", shop.replaceFirst("tenant: acme", "tenant: Not A Name"));
    awaitRefusal("spec.tenant", "last good version stays in force");
    write("key.yaml", key.replaceFirst("dataCoreRef:", "suspended: true\n  dataCoreRef:"));
    awaitStatus("/event" + PLACED, 403);
  }

  @Test
  void hiddenFoldersAreNotRead() throws IOException {
    Path hidden = Files.createDirectories(worker.resources().resolve(".git/x"));
    Files.writeString(hidden.resolve("bad.yaml"), "{{{");
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    assertThat(worker.management("/observe/catalog").json().get("refused")).isEmpty();
  }

  @Test
  void aSourceThatCouldNotBeReadIsReadAgainThoughNothingChanged() {
    FlakySource source = new FlakySource();
    try (LiveCatalog live = new LiveCatalog(source, Clock.systemUTC())) {
      source.failure = Optional.of(new IOException("the disk is tired"));
      source.fingerprint = 2;
      live.refresh();
      live.refresh();
      assertThat(live.status().refusals().toString()).contains("tired");
      source.failure = Optional.empty();
      live.refresh();
      assertThat(live.status().refusals()).isEmpty();
      assertThat(source.loads).isEqualTo(2);
      source.complete = false;
      source.fingerprint = 3;
      live.refresh();
      live.refresh();
      live.refresh();
      assertThat(source.loads).as("read until it is complete").isEqualTo(4);
    }
  }

  @Test
  void aSourceThatChangesIsReadWhenItHasSettled() {
    FlakySource source = new FlakySource();
    try (LiveCatalog live = new LiveCatalog(source, Clock.systemUTC())) {
      for (int i = 2; i < 10; i++) {
        source.fingerprint = i;
        live.refresh();
      }
      assertThat(source.loads).isEqualTo(1);
      live.refresh();
      assertThat(source.loads).isEqualTo(2);
    }
  }

  @Test
  void aSourceThatNeverSettlesIsReadAllTheSame() {
    FlakySource source = new FlakySource();
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    try (LiveCatalog live = new LiveCatalog(source, clock)) {
      for (int i = 2; i < 22; i++) {
        source.fingerprint = i;
        clock.advance(Duration.ofSeconds(1));
        live.refresh();
      }
      assertThat(source.loads).as("in 20 s of unrest").isBetween(3, 5);
    }
  }

  @Test
  void anErrorOfASourceIsToldAndDoesNotEndTheLooking() {
    FlakySource source = new FlakySource();
    try (LiveCatalog live = new LiveCatalog(source, Clock.systemUTC())) {
      source.error = Optional.of(new StackOverflowError("a deep manifest"));
      source.fingerprint = 2;
      live.watch(Duration.ofMillis(1));
      await().until(() -> live.status().refusals().toString().contains("a deep manifest"));
      source.error = Optional.empty();
      await().until(() -> live.status().refusals().isEmpty());
    }
  }

  private static final class FlakySource implements CatalogSource {
    private Optional<IOException> failure = Optional.empty();
    private volatile Optional<Error> error = Optional.empty();
    private boolean complete = true;
    private volatile int fingerprint = 1;
    private int loads;

    @Override
    public Object fingerprint() {
      return fingerprint;
    }

    @Override
    public Loaded load() throws IOException {
      if (failure.isPresent()) {
        throw failure.get();
      }
      if (error.isPresent()) {
        throw error.get();
      }
      loads++;
      return new Loaded(Catalog.empty(), List.of(), complete);
    }
  }

  @Test
  void unknownUrlsOfTheManagementPortAreNotFound() {
    assertThat(worker.management("/metrics").status()).isEqualTo(404);
    assertThat(worker.management("/metrics").error()).isEqualTo("not_found");
  }

  @Test
  void anUnreadableManifestBesideGoodOnesAtTheStart(@TempDir Path other) throws Exception {
    try (TestWorker started = TestWorker.start(other, "{{{")) {
      assertThat(started.post("/event" + PLACED, "{}").status()).isEqualTo(200);
      assertThat(started.management("/observe/catalog").json().get("refused").toString())
          .contains("more-0.yaml");
    }
  }

  @Test
  void tenThousandKeysAreServed(@TempDir Path other) throws Exception {
    StringBuilder manifests = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      manifests.append(
          "---\napiVersion: flowcore.io/v1alpha1\nkind: WebhookKey\nmetadata: {name: k%d}\nspec: {dataCoreRef: {name: shop}, permissions: [ingest], existingSecretRef: {name: many, key: k%d}}\n"
              .formatted(i, i));
    }
    manifests.append("---\napiVersion: v1\nkind: Secret\nmetadata: {name: many}\nstringData:\n");
    for (int i = 0; i < 10_000; i++) {
      manifests.append("  k%d: fc_k%d_0123456789abcdef\n".formatted(i, i));
    }
    try (TestWorker started = TestWorker.start(other, manifests.toString())) {
      assertThat(started.management("/observe/catalog").json().get("keys").asInt())
          .isEqualTo(10_001);
      assertThat(
              started
                  .post("/event" + PLACED, "{}", "Authorization", "fc_k9999_0123456789abcdef")
                  .status())
          .isEqualTo(200);
      assertThat(
              started
                  .post("/event" + PLACED, "{}", "Authorization", "fc_k9999_0123456789abcdee")
                  .status())
          .isEqualTo(401);
    }
  }

  @Test
  void aMountedCatalogIsTakenOnlyWhenBothFilesAgree(@TempDir Path mount) throws Exception {
    Catalog shop = new ManifestFolder(TestWorker.QUICKSTART).load().catalog();
    Files.writeString(mount.resolve(CatalogCodec.CATALOG_FILE), CatalogCodec.writeCatalog(shop));
    try (LiveCatalog live =
        new LiveCatalog(new MountedCatalog(mount, mount, Optional.empty()), Clock.systemUTC())) {
      assertThat(live.status().loaded()).isFalse();

      Files.writeString(mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(shop));
      live.refresh();
      assertThat(live.current().catalog()).isEqualTo(shop);

      Files.writeString(
          mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(Catalog.empty()));
      live.refresh();
      live.refresh();
      assertThat(live.current().catalog()).isEqualTo(shop);
      assertThat(live.status().refusals().getFirst()).contains("waiting for both");
    }
  }

  @Test
  void healthTellsWhetherTheWorkerIsReady() {
    assertThat(worker.management("/observe/health/live").status()).isEqualTo(200);
    assertThat(worker.management("/observe/health/ready").body())
        .isEqualTo("{\"status\":\"UP\",\"reasons\":[]}");
  }
}
