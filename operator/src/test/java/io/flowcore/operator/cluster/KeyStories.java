package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog.KeyEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Keys are generated, rotated, revoked and read from existing Secrets. */
interface KeyStories extends OperatorSteps {
  @Test
  default void aDeletedOrSuspendedKeyIsRevoked() {
    runShop();
    resource(WebhookKey.class, "sender")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspended\":true}}");
    awaitPlanned(catalog -> catalog.keys().getFirst().suspended());
    workers().report(dataCore().getStatus().catalogRevision());
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          workers().report(dataCore().getStatus().catalogRevision());
          assertThat(status(conditionsOf(resource(WebhookKey.class, "sender").get()), "Ready"))
              .isEqualTo("False/Suspended");
        });
    resource(WebhookKey.class, "sender").delete();
    awaitPlanned(catalog -> catalog.keys().isEmpty());
  }

  @Test
  default void aRotatedKeyKeepsItsIdAndThePreviousOneIsValidDuringTheOverlap() throws Exception {
    applyShop();
    resource(WebhookKey.class, "sender")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"rotation\":{\"every\":\"1h\",\"overlap\":\"10m\"}}}");
    awaitPlanned(catalog -> catalog.keys().size() == 1);
    KeyEntry first = planned().keys().getFirst();
    clock().advance(Duration.ofMinutes(61));
    touchSecret();
    awaitPlanned(catalog -> catalog.keys().getFirst().digests().size() == 2);
    KeyEntry second = planned().keys().getFirst();
    assertThat(second.keyId()).isEqualTo(first.keyId());
    assertThat(second.digests().get(1).sha256()).isEqualTo(first.digests().getFirst().sha256());
    assertThat(second.digests().get(1).notAfter()).isPresent();
    clock().advance(Duration.ofMinutes(11));
    touchSecret();
    awaitPlanned(catalog -> catalog.keys().getFirst().digests().size() == 1);
    assertThat(planned().keys().getFirst().digests().getFirst().sha256())
        .isEqualTo(second.digests().getFirst().sha256());
  }

  private void touchSecret() {
    resource(Secret.class, "sender-key")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"at\":\"" + clock().instant() + "\"}}}");
  }

  @Test
  default void aForeignSecretIsNeverChanged() {
    Secret foreign =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace())
            .withName("sender-key")
            .endMetadata()
            .addToStringData("password", "foreign")
            .build();
    admin().resource(foreign).create();
    String version = resource(Secret.class, "sender-key").get().getMetadata().getResourceVersion();
    applyShop();
    awaitStatus(
        Manifests.webhookKey(namespace(), "sender", "shop", "secretName: sender-key"),
        "Accepted",
        "False/SecretConflict");
    assertThat(resource(Secret.class, "sender-key").get().getMetadata().getResourceVersion())
        .isEqualTo(version);
  }

  @Test
  default void aSecretRestoredFromABackupIsAdopted() {
    Secret restored =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace())
            .withName("sender-key")
            .addToLabels("app.kubernetes.io/managed-by", "flowcore-operator")
            .endMetadata()
            .addToStringData("key", "fc_before_0123456789abcdef0123456789abcdef")
            .addToData(
                "key",
                Base64.getEncoder()
                    .encodeToString(
                        "fc_before_0123456789abcdef0123456789abcdef"
                            .getBytes(StandardCharsets.UTF_8)))
            .build();
    restored.setStringData(null);
    admin().resource(restored).create();
    applyShop();
    awaitPlanned(
        catalog -> catalog.keys().stream().anyMatch(entry -> entry.keyId().equals("before")));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            resource(Secret.class, "sender-key").get().getMetadata().getOwnerReferences().size()
                == 1);
  }

  @Test
  default void changesOfAnExistingSecretAreApplied() {
    applyShop();
    WebhookKey key =
        Manifests.webhookKey(
            namespace(), "brought", "shop", "existingSecretRef: {name: mine, key: token}");
    admin().resource(key).create();
    awaitStatus(key, "ResolvedRefs", "False/SecretNotFound");
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace())
            .withName("mine")
            .endMetadata()
            .addToStringData("token", "fc_mine_0123456789abcdef0123456789abcdef")
            .build();
    admin().resource(secret).create();
    awaitPlanned(
        catalog -> catalog.keys().stream().anyMatch(entry -> entry.keyId().equals("mine")));
    awaitStatus(key, "ResolvedRefs", "True/ResolvedRefs");
    admin()
        .resource(
            new SecretBuilder(secret)
                .addToStringData("token", "fc_mine2_0123456789abcdef0123456789abcdef")
                .build())
        .update();
    awaitPlanned(
        catalog -> catalog.keys().stream().anyMatch(entry -> entry.keyId().equals("mine2")));
  }
}
