package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.CatalogFormatException;
import io.flowcore.catalog.SecretData;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings;
import io.flowcore.testing.TestClock;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What the operator does, on whatever API server there is. */
abstract class OperatorStories {
  /** A client that may do everything; the stories' own. */
  abstract KubernetesClient admin();

  /** A client with the operator's rights, to be closed. */
  abstract KubernetesClient operatorClient();

  private KubernetesClient admin;
  private FlowcoreOperator operator;
  private KubernetesClient operatorClient;
  private StubWorkers workers;
  private String namespace;
  private final TestClock clock = TestClock.running();

  @BeforeEach
  void startOperator(TestInfo test) throws IOException {
    namespace = "n" + Integer.toHexString(test.getDisplayName().hashCode());
    admin = admin();
    ApiServer.namespace(admin, namespace);
    workers = new StubWorkers(admin);
    start();
  }

  final void start() throws IOException {
    operatorClient = operatorClient();
    operator =
        new FlowcoreOperator(
            operatorClient,
            new OperatorSettings(
                Set.of(namespace),
                "flowcore-system",
                "registry.example/flowcore/ingest-worker:test",
                0,
                Optional.empty()),
            clock);
    operator.start();
  }

  @AfterEach
  void stopOperator() {
    stop();
    workers.close();
  }

  final void stop() {
    operator.close();
    operatorClient.close();
  }

  final void story() {
    admin.resource(Manifests.dataCore(namespace, "shop", "acme", namespace)).create();
    admin.resource(Manifests.flowType(namespace, "orders", "shop")).create();
    admin.resource(Manifests.eventType(namespace, "placed", "orders")).create();
    admin
        .resource(Manifests.webhookKey(namespace, "sender", "shop", "secretName: sender-key"))
        .create();
  }

  private StatefulSet workload() {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> admin.apps().statefulSets().inNamespace(namespace).withName("shop-ingest").get(),
            set -> set != null);
  }

  final DataCore dataCore() {
    return admin.resources(DataCore.class).inNamespace(namespace).withName("shop").get();
  }

  private static String status(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.getType().equals(type))
        .map(condition -> condition.getStatus() + "/" + condition.getReason())
        .findFirst()
        .orElse("absent");
  }

  final void awaitAllReady() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          DataCore core = dataCore();
          workers.report(core.getStatus().catalogRevision());
          assertThat(status(core.getStatus().conditions(), "Ready")).isEqualTo("True/Ready");
          EventType type =
              admin.resources(EventType.class).inNamespace(namespace).withName("placed").get();
          assertThat(status(type.getStatus().conditions(), "Ready")).isEqualTo("True/Ready");
          WebhookKey key =
              admin.resources(WebhookKey.class).inNamespace(namespace).withName("sender").get();
          assertThat(status(key.getStatus().conditions(), "Ready")).isEqualTo("True/Ready");
          assertThat(key.getStatus().eventTypes()).isPositive();
        });
  }

  @Test
  void whatIsAppliedBecomesReadyOnceWorkersReportTheCatalog() {
    story();
    workers.run(workload());
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(status(dataCore().getStatus().conditions(), "Programmed"))
                .isEqualTo("False/Pending"));
    awaitAllReady();
  }

  final void runStory() {
    story();
    workers.run(workload());
    awaitAllReady();
  }

  final <T extends HasMetadata> Resource<T> resource(Class<T> kind, String name) {
    return admin.resources(kind).inNamespace(namespace).withName(name);
  }

  final void awaitStatus(HasMetadata resource, String type, String expected) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(
                    status(
                        conditionsOf(resource(resource.getClass(), nameOf(resource)).get()), type))
                .isEqualTo(expected));
  }

  static String nameOf(HasMetadata resource) {
    return resource.getMetadata().getName();
  }

  private static List<Condition> conditionsOf(HasMetadata resource) {
    return switch (resource) {
      case DataCore core when core.getStatus() != null -> core.getStatus().conditions();
      case FlowType flow when flow.getStatus() != null -> flow.getStatus().conditions();
      case EventType type when type.getStatus() != null -> type.getStatus().conditions();
      case WebhookKey key when key.getStatus() != null -> key.getStatus().conditions();
      default -> List.of();
    };
  }

  private Catalog planned() throws CatalogFormatException {
    if (resource(Secret.class, "shop-keys").get() == null) {
      throw new CatalogFormatException("nothing was planned yet");
    }
    String catalog = resource(ConfigMap.class, "shop-catalog").get().getData().get("catalog.json");
    String keys = SecretData.decode(resource(Secret.class, "shop-keys").get()).get("keys.json");
    return CatalogCodec.read(catalog, keys);
  }

  final void awaitPlanned(Predicate<Catalog> expected) {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptionsInstanceOf(CatalogFormatException.class)
        .until(() -> expected.test(planned()));
  }

  @Test
  void whatSomebodyChangesByHandIsPutRight() {
    runStory();
    resource(Service.class, "shop-ingest")
        .edit(service ->
            new ServiceBuilder(service)
                .editSpec()
                .addToSelector("flowcore.io/data-core", "other")
                .endSpec()
                .build());
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            "shop"
                .equals(
                    resource(Service.class, "shop-ingest")
                        .get()
                        .getSpec()
                        .getSelector()
                        .get("flowcore.io/data-core")));
    resource(NetworkPolicy.class, "shop-ingest").delete();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> resource(NetworkPolicy.class, "shop-ingest").get() != null);
  }

  @Test
  void aNewEventTypeIsProgrammedWhenWorkersSayItAndMakesNoOtherUnready() {
    runStory();
    String since = since(resource(EventType.class, "placed").get());
    long generation =
        resource(StatefulSet.class, "shop-ingest").get().getMetadata().getGeneration();
    EventType added = Manifests.eventType(namespace, "shipped", "orders");
    admin.resource(added).create();
    awaitPlanned(catalog -> catalog.eventTypeCount() == 2);
    awaitStatus(added, "Accepted", "True/Accepted");
    awaitStatus(added, "Programmed", "False/Pending");
    awaitAllReady();
    awaitStatus(added, "Ready", "True/Ready");
    assertThat(since(resource(EventType.class, "placed").get())).isEqualTo(since);
    assertThat(resource(StatefulSet.class, "shop-ingest").get().getMetadata().getGeneration())
        .as("no pod was rolled")
        .isEqualTo(generation);
  }

  private static String since(EventType type) {
    return type.getStatus().conditions().stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .map(Condition::getLastTransitionTime)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDeletedOrSuspendedKeyIsRevoked() {
    runStory();
    resource(WebhookKey.class, "sender")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"suspended\":true}}");
    awaitPlanned(catalog -> catalog.keys().getFirst().suspended());
    workers.report(dataCore().getStatus().catalogRevision());
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          workers.report(dataCore().getStatus().catalogRevision());
          assertThat(status(conditionsOf(resource(WebhookKey.class, "sender").get()), "Ready"))
              .isEqualTo("False/Suspended");
        });
    resource(WebhookKey.class, "sender").delete();
    awaitPlanned(catalog -> catalog.keys().isEmpty());
  }

  @Test
  void aRotatedKeyKeepsItsIdAndTheOldOneIsGoodForTheOverlap() throws Exception {
    story();
    resource(WebhookKey.class, "sender")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"rotation\":{\"every\":\"1h\",\"overlap\":\"10m\"}}}");
    awaitPlanned(catalog -> catalog.keys().size() == 1);
    KeyEntry first = planned().keys().getFirst();
    clock.advance(Duration.ofMinutes(61));
    touchSecret();
    awaitPlanned(catalog -> catalog.keys().getFirst().digests().size() == 2);
    KeyEntry second = planned().keys().getFirst();
    assertThat(second.keyId()).isEqualTo(first.keyId());
    assertThat(second.digests().get(1).sha256()).isEqualTo(first.digests().getFirst().sha256());
    assertThat(second.digests().get(1).notAfter()).isPresent();
    clock.advance(Duration.ofMinutes(11));
    touchSecret();
    awaitPlanned(catalog -> catalog.keys().getFirst().digests().size() == 1);
    assertThat(planned().keys().getFirst().digests().getFirst().sha256())
        .isEqualTo(second.digests().getFirst().sha256());
  }

  final void touchSecret() {
    resource(Secret.class, "sender-key")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"at\":\"" + clock.instant() + "\"}}}");
  }

  @Test
  void aForeignSecretIsNeverTouched() {
    Secret foreign =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("sender-key")
            .endMetadata()
            .addToStringData("password", "somebody else's")
            .build();
    admin.resource(foreign).create();
    String version = resource(Secret.class, "sender-key").get().getMetadata().getResourceVersion();
    story();
    awaitStatus(
        Manifests.webhookKey(namespace, "sender", "shop", "secretName: sender-key"),
        "Accepted",
        "False/SecretConflict");
    assertThat(resource(Secret.class, "sender-key").get().getMetadata().getResourceVersion())
        .isEqualTo(version);
  }

  @Test
  void aKeyThatWasRestoredFromABackupIsTheKeyAgain() {
    Secret restored =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("sender-key")
            .addToLabels("app.kubernetes.io/managed-by", "flowcore-operator")
            .endMetadata()
            .addToStringData("key", "fc_before_0123456789abcdef0123456789abcdef")
            .addToData(
                "key",
                java.util.Base64.getEncoder()
                    .encodeToString(
                        "fc_before_0123456789abcdef0123456789abcdef"
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
            .build();
    restored.setStringData(null);
    admin.resource(restored).create();
    story();
    awaitPlanned(
        catalog -> catalog.keys().stream().anyMatch(entry -> entry.keyId().equals("before")));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            resource(Secret.class, "sender-key").get().getMetadata().getOwnerReferences().size()
                == 1);
  }

  @Test
  void anExistingSecretIsFollowed() {
    story();
    WebhookKey key =
        Manifests.webhookKey(
            namespace, "brought", "shop", "existingSecretRef: {name: mine, key: token}");
    admin.resource(key).create();
    awaitStatus(key, "ResolvedRefs", "False/SecretNotFound");
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("mine")
            .endMetadata()
            .addToStringData("token", "fc_mine_0123456789abcdef0123456789abcdef")
            .build();
    admin.resource(secret).create();
    awaitPlanned(
        catalog -> catalog.keys().stream().anyMatch(entry -> entry.keyId().equals("mine")));
    awaitStatus(key, "ResolvedRefs", "True/ResolvedRefs");
    admin
        .resource(
            new SecretBuilder(secret)
                .addToStringData("token", "fc_mine2_0123456789abcdef0123456789abcdef")
                .build())
        .update();
    awaitPlanned(
        catalog -> catalog.keys().stream().anyMatch(entry -> entry.keyId().equals("mine2")));
  }

  @Test
  void aReferenceThatLeadsNowhereHealsWhenItsTargetComes() {
    EventType type = Manifests.eventType(namespace, "placed", "orders");
    FlowType flow = Manifests.flowType(namespace, "orders", "shop");
    admin.resource(type).create();
    awaitStatus(type, "ResolvedRefs", "False/FlowTypeNotFound");
    admin.resource(flow).create();
    awaitStatus(flow, "ResolvedRefs", "False/DataCoreNotFound");
    awaitStatus(type, "ResolvedRefs", "False/FlowTypeRefused");
    DataCore core = Manifests.dataCore(namespace, "shop", "acme", namespace);
    admin.resource(core).create();
    awaitStatus(flow, "ResolvedRefs", "True/ResolvedRefs");
    awaitStatus(type, "ResolvedRefs", "True/ResolvedRefs");
    admin.resource(core).delete();
    awaitStatus(flow, "ResolvedRefs", "False/DataCoreNotFound");
    awaitStatus(type, "ResolvedRefs", "False/FlowTypeRefused");
  }

  @Test
  void ofTwoDataCoresWithOneNameTheOlderWinsAndTheYoungerFollowsWhenItIsGone() {
    DataCore older = Manifests.dataCore(namespace, "shop", "acme", namespace);
    admin.resource(older).create();
    awaitStatus(older, "Accepted", "True/Accepted");
    String second = resource(DataCore.class, "shop").get().getMetadata().getCreationTimestamp();
    await().until(() -> !Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().equals(second));
    DataCore younger = Manifests.dataCore(namespace, "a-shop", "acme", namespace);
    admin.resource(younger).create();
    awaitStatus(younger, "Accepted", "False/NameConflict");
    awaitStatus(older, "Accepted", "True/Accepted");
    assertThat(resource(StatefulSet.class, "a-shop-ingest").get()).isNull();
    admin.resource(older).delete();
    awaitStatus(younger, "Accepted", "True/Accepted");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> resource(StatefulSet.class, "a-shop-ingest").get() != null);
  }

  @Test
  void aRefusedChangeLeavesWhatRanBefore() throws Exception {
    runStory();
    String revision = planned().revision();
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"retention\":{\"hot\":\"9d\",\"maxTtl\":\"1d\"}}}");
    awaitStatus(dataCore(), "Accepted", "False/Invalid");
    awaitStatus(resource(EventType.class, "placed").get(), "ResolvedRefs", "False/FlowTypeRefused");
    assertThat(planned().revision()).isEqualTo(revision);
    assertThat(resource(StatefulSet.class, "shop-ingest").get()).isNotNull();
  }

  @Test
  void aKeyIsRevokedThoughItsDataCoreIsRefused() {
    runStory();
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"retention\":{\"hot\":\"9d\",\"maxTtl\":\"1d\"}}}");
    awaitStatus(dataCore(), "Accepted", "False/Invalid");
    awaitPlanned(catalog -> catalog.keys().size() == 1 && catalog.eventTypeCount() == 1);
    resource(WebhookKey.class, "sender").delete();
    awaitPlanned(catalog -> catalog.keys().isEmpty() && catalog.eventTypeCount() == 1);
  }

  @Test
  void aBadChangeOfAnEventTypeLeavesItInForceAsItWas() throws Exception {
    runStory();
    String revision = planned().revision();
    resource(EventType.class, "placed")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"maxEventSize\":\"2Mi\"}}");
    awaitStatus(resource(EventType.class, "placed").get(), "Accepted", "False/Invalid");
    assertThat(conditionsOf(resource(EventType.class, "placed").get()))
        .anySatisfy(condition ->
            assertThat(condition.getMessage()).contains("last good version stays active"));
    assertThat(planned().revision()).isEqualTo(revision);
    resource(EventType.class, "placed")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"maxEventSize\":\"2Ki\"}}");
    awaitPlanned(catalog ->
        catalog
                .dataCores()
                .getFirst()
                .flowTypes()
                .getFirst()
                .eventTypes()
                .getFirst()
                .maxEventBytes()
            == 2048);
  }

  @Test
  void anObjectOfSomebodyElseUnderAPlannedNameIsNotTakenOver() {
    Secret theirs =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("shop-keys")
            .endMetadata()
            .addToStringData("password", "somebody else's")
            .build();
    admin.resource(theirs).create();
    Service alsoTheirs =
        new ServiceBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("shop-ingest")
            .endMetadata()
            .withNewSpec()
            .addNewPort()
            .withPort(80)
            .endPort()
            .endSpec()
            .build();
    admin.resource(alsoTheirs).create();
    story();
    awaitStatus(dataCore(), "Programmed", "False/ApplyFailed");
    assertThat(conditionsOf(dataCore()))
        .anySatisfy(condition ->
            assertThat(condition.getMessage())
                .contains("Secret " + namespace + "/shop-keys exists and was not made by")
                .contains("Service " + namespace + "/shop-ingest exists"));
    for (HasMetadata object : List.of(theirs, alsoTheirs)) {
      assertThat(resource(object.getClass(), nameOf(object)).get().getMetadata())
          .satisfies(metadata -> {
            assertThat(metadata.getOwnerReferences()).isNullOrEmpty();
            assertThat(metadata.getLabels()).isNullOrEmpty();
          });
    }
  }

  @Test
  void aDataCoreThatRunsKeepsItsNameThoughItIsRefused() {
    runStory();
    DataCore younger = Manifests.dataCore(namespace, "a-shop", "acme", namespace);
    admin.resource(younger).create();
    awaitStatus(younger, "Accepted", "False/NameConflict");
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"retention\":{\"hot\":\"9d\",\"maxTtl\":\"1d\"}}}");
    awaitStatus(dataCore(), "Accepted", "False/Invalid");
    resource(DataCore.class, "a-shop")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"description\":\"again\"}}");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            resource(DataCore.class, "a-shop")
                .get()
                .getStatus()
                .observedGeneration()
                .equals(resource(DataCore.class, "a-shop").get().getMetadata().getGeneration()));
    awaitStatus(younger, "Accepted", "False/NameConflict");
    assertThat(resource(StatefulSet.class, "a-shop-ingest").get()).isNull();
  }

  @Test
  void routingIsMadeChangedAndTakenAway() {
    story();
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"routing\":{\"host\":\"events.example.com\"}}}");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> resource(Ingress.class, "shop-ingest").get() != null);
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"routing\":{\"gateway\":{\"name\":\"public\"}}}}");
    awaitStatus(dataCore(), "Programmed", "False/GatewayApiMissing");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> resource(Ingress.class, "shop-ingest").get() == null);
    resource(DataCore.class, "shop")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"routing\":null}}");
    awaitStatus(dataCore(), "Programmed", "False/NoReadyWorker");
  }

  @Test
  void aChangedPodTemplateIsAnnouncedWithTheFieldThatChanged() {
    runStory();
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"worker\":{\"image\":\"registry.example/worker:next\"}}}");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(admin.v1().events().inNamespace(namespace).list().getItems())
                .anySatisfy(event -> {
                  assertThat(event.getReason()).isEqualTo("RollingOut");
                  assertThat(event.getMessage()).contains("containers[0].image");
                }));
    awaitStatus(dataCore(), "Ready", "False/RollingOut");
  }

  final String namespace() {
    return namespace;
  }

  final TestClock clock() {
    return clock;
  }

  /** Port of the operator's metrics. */
  final int managementPort() {
    return operator.managementPort();
  }
}
