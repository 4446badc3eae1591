package io.flowcore.worker.catalog;

import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
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

  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension();

  private void write(String file, String text) throws IOException {
    Path draft = Files.writeString(worker.directory().resolve("draft"), text);
    Files.move(
        draft,
        worker.resources().resolve(file),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private void awaitStatus(String url, int status) {
    await().untilAsserted(() -> assertThat(worker.post(url, "{}").status()).isEqualTo(status));
  }

  private void awaitRejection(String... texts) {
    await()
        .untilAsserted(() ->
            assertThat(worker.management("/observe/catalog").json().get("refused").toString())
                .contains(texts));
  }

  @Test
  void anEventTypeIsAddedAndRemovedWithoutARestart() throws IOException {
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(404);
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    Files.delete(worker.resources().resolve("refund.yaml"));
    awaitStatus(REFUNDED, 404);
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aFileThatIsNotYamlChangesNothing() throws IOException {
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    write("refund.yaml", "kind: [EventType\n  half: written");
    awaitRejection("refund.yaml", "not valid YAML");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(200);
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aResourceThatBecomesInvalidKeepsItsLastKnownGoodVersion() throws IOException {
    write("refund.yaml", REFUND.formatted(", maxEventSize: 1Ki"));
    awaitStatus(REFUNDED, 200);
    write("refund.yaml", REFUND.formatted(", maxEventSize: huge"));
    awaitRejection("refunded", "maxEventSize", "last known good version stays active");
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
  void theMessageNamesAnUnknownField() throws IOException {
    write("refund.yaml", REFUND.formatted(", retension: {hot: 1d}"));
    awaitRejection("refund.yaml", "spec.retension is not a field");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(404);
  }

  @Test
  void aRevokedKeyIsRejectedAndARotatedKeyIsAccepted() throws IOException {
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
  void aNewResourceDoesNotGetANameThatIsInUse() throws IOException {
    String conflicting =
        """
        apiVersion: flowcore.io/v1alpha1
        kind: EventType
        metadata: {name: aaa}
        spec: {flowTypeRef: {name: orders}, name: order.placed, maxEventSize: 1}
        """;
    write("0.yaml", conflicting);
    awaitRejection("aaa", "NameConflict", "is already used by");
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aResourceInTwoFilesKeepsTheVersionOfTheFirst() throws IOException {
    write("refund.yaml", REFUND.formatted(", maxEventSize: 10Ki"));
    awaitStatus(REFUNDED, 200);
    write("0.yaml", REFUND.formatted(", maxEventSize: 1"));
    awaitRejection("0.yaml", "is already defined in refund.yaml");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aKeyKeepsItsLastKnownGoodVersionIfItsSecretBecomesInvalid() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    write("key.yaml", key.replace(TestWorker.KEY, "fc_oops"));
    awaitRejection("Secret", "InvalidKey", "last known good version stays active");
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aKeyIsSuspendedAlthoughTheSameEditMakesItsSecretInvalid() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    write(
        "key.yaml",
        key.replace(TestWorker.KEY, "fc_oops")
            .replaceFirst("dataCoreRef:", "suspended: true\n  dataCoreRef:"));
    awaitStatus("/event" + PLACED, 403);
  }

  @Test
  void anEmptyFileDoesNotDeleteItsResources() throws IOException {
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    write("refund.yaml", "");
    awaitRejection("refund.yaml is empty");
    assertThat(worker.post(REFUNDED, "{}").status()).isEqualTo(200);
  }

  @Test
  void aKeyIsSuspendedAlthoughItsDataCoreIsRejected() throws IOException {
    String key = Files.readString(TestWorker.QUICKSTART.resolve("key.yaml"));
    String shop = Files.readString(TestWorker.QUICKSTART.resolve("shop.yaml"));
    write("shop.yaml", shop.replaceFirst("tenant: acme", "tenant: Not A Name"));
    awaitRejection("spec.tenant", "last known good version stays active");
    write("key.yaml", key.replaceFirst("dataCoreRef:", "suspended: true\n  dataCoreRef:"));
    awaitStatus("/event" + PLACED, 403);
  }

  @Test
  void hiddenDirectoriesAreNotRead() throws IOException {
    Path hidden = Files.createDirectories(worker.resources().resolve(".git/x"));
    Files.writeString(hidden.resolve("bad.yaml"), "{{{");
    write("refund.yaml", REFUND.formatted(""));
    awaitStatus(REFUNDED, 200);
    assertThat(worker.management("/observe/catalog").json().get("refused")).isEmpty();
  }

  @Test
  void unknownPathsOfTheManagementPortAreNotFound() {
    assertThat(worker.management("/metrics").status()).isEqualTo(404);
    assertThat(worker.management("/metrics").error()).isEqualTo("not_found");
  }

  @Test
  void anUnreadableManifestAtTheStartDoesNotAffectOthers(@TempDir Path other) throws Exception {
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
  void healthReportsWhetherTheWorkerIsReady() {
    assertThat(worker.management("/observe/health/live").status()).isEqualTo(200);
    assertThat(worker.management("/observe/health/ready").body())
        .isEqualTo("{\"status\":\"UP\",\"reasons\":[]}");
  }
}
