package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.ApiRelease;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.operator.gather.SecretWatch;
import io.flowcore.operator.observe.CrdVersionCheck;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Requires(OptionalPart.API_SERVER)
class ApiServerStoriesIT extends OperatorFixture
    implements ApplyStories, KeyStories, ReferenceStories, RejectionStories, RoutingStories {
  @RegisterExtension
  private static final ApiServerExtension server = ApiServerExtension.installed();

  @Override
  public KubernetesClient admin() {
    return server.admin();
  }

  @Override
  KubernetesClient createOperatorClient() {
    return server.createOperatorClient();
  }

  @Test
  void aRestartedOperatorWritesOnlyWhatChanges() throws Exception {
    runShop();
    awaitUnchanged();
    Map<String, String> before = versions();
    stop();
    start();
    // When a new event type is planned, the operator has reconciled everything.
    admin().resource(Manifests.eventType(namespace(), "probe", "orders")).create();
    awaitPlanned(catalog -> catalog.eventTypeCount() == 2);
    resource(EventType.class, "probe").delete();
    awaitPlanned(catalog -> catalog.eventTypeCount() == 1);
    awaitAllReady();
    awaitUnchanged();
    Map<String, String> after = versions();
    // These contain the catalog with the added event type, or their number.
    for (String touched :
        List.of(
            "ConfigMap/shop-catalog",
            "Secret/shop-keys",
            "Secret/sender-key",
            "Pod/shop-ingest-0",
            "DataCore/shop",
            "FlowType/orders",
            "WebhookKey/sender")) {
      before.remove(touched);
      after.remove(touched);
    }
    assertThat(after).isEqualTo(before);
  }

  @Test
  void aSecondOperatorChangesNoResourceVersionInASettledNamespace() throws Exception {
    runShop();
    awaitUnchanged();
    Map<String, String> before = versions();
    stop();
    start();
    awaitReconciled();
    assertThat(versions()).isEqualTo(before);
  }

  @Test
  void fieldsOfOtherFieldManagersAreKept() {
    runShop();
    resource(StatefulSet.class, "shop-ingest")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"labels\":{\"team\":\"payments\"}}}");
    admin().resource(Manifests.eventType(namespace(), "shipped", "orders")).create();
    awaitPlanned(catalog -> catalog.eventTypeCount() == 2);
    awaitUnchanged();
    assertThat(resource(StatefulSet.class, "shop-ingest").get().getMetadata().getLabels())
        .containsEntry("team", "payments");
  }

  @Test
  void aDataCoreWithDeletionProtectionCannotBeDeleted() {
    applyShop();
    resource(DataCore.class, "shop")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"deletionProtection\":true}}");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThatThrownBy(() -> resource(DataCore.class, "shop").dryRun().delete())
                .hasMessageContaining("spec.deletionProtection is true"));
    assertThatThrownBy(() -> resource(DataCore.class, "shop").delete())
        .hasMessageContaining("spec.deletionProtection is true");
    resource(DataCore.class, "shop")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"deletionProtection\":false}}");
    resource(DataCore.class, "shop").delete();
    await().atMost(Duration.ofSeconds(20)).until(() -> dataCore() == null);
  }

  @Test
  void theGatewayApiIsUsedAsSoonAsItIsInstalled() {
    admin()
        .resource(
            Manifests.dataCore(
                namespace(),
                "shop",
                """
                tenant: acme
                name: %s
                hotStore: {embedded: {storage: 1Gi}}
                archive: {none: {}}
                routing: {host: events.example.com, gateway: {name: public}}
                """
                    .formatted(namespace())))
        .create();
    awaitStatus(dataCore(), "Programmed", "False/GatewayApiMissing");
    CustomResourceDefinition routes = HttpRoutes.crd();
    admin().resource(routes).create();
    try {
      var route =
          admin()
              .genericKubernetesResources(HttpRoutes.CONTEXT)
              .inNamespace(namespace())
              .withName("shop-ingest");
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(KubernetesClientException.class)
          .until(() -> {
            clock().advance(Duration.ofMinutes(1));
            touchDataCore();
            return route.get() != null;
          });
      awaitStatus(dataCore(), "Programmed", "False/RoutePending");
      HttpRoutes.setAccepted(route, "False", "not allowed by listeners");
      touchDataCore();
      awaitStatus(dataCore(), "Programmed", "False/RouteNotAccepted");
      resource(DataCore.class, "shop")
          .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"routing\":null}}");
      await().atMost(Duration.ofSeconds(20)).until(() -> route.get() == null);
    } finally {
      admin().resource(routes).delete();
    }
  }

  @Test
  void theDataOfUnrelatedSecretsIsNotCached() {
    String large = "x".repeat(10_000);
    for (int i = 0; i < 50; i++) {
      admin()
          .resource(
              new SecretBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace())
                  .withName("foreign-" + i)
                  .endMetadata()
                  .addToStringData("large", large)
                  .build())
          .create();
    }
    try (SecretWatch watch = new SecretWatch(admin(), Set.of(namespace()))) {
      watch.start(changed -> {});
      assertThat(watch.isWatching()).isTrue();
      assertThat(watch.cachedBytes()).isLessThan(50 * 1_000);
      assertThat(watch.find(namespace(), "foreign-7").orElseThrow().getData()).containsKey("large");
    }
  }

  /** Waits until the metrics count reconciliations, and no resource changes any more. */
  private void awaitReconciled() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> reconciliations("datacore") > 0 && reconciliations("webhookkey") > 0);
    awaitUnchanged();
  }

  private double reconciliations(String controller) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + managementPort() + "/observe/metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return response
        .body()
        .lines()
        .filter(line ->
            line.startsWith("flowcore_operator_reconciliation_seconds_count")
                && line.contains(controller))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private void awaitUnchanged() {
    ResourceVersions.awaitUnchanged(admin(), namespace());
  }

  private Map<String, String> versions() {
    return ResourceVersions.read(admin(), namespace());
  }

  private void touchDataCore() {
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"description\":\"" + clock().instant() + "\"}}");
  }

  @Test
  void crdsOfAnotherReleaseAreReported() {
    assertThat(CrdVersionCheck.findProblems(admin())).isEmpty();
    var crd =
        admin().apiextensions().v1().customResourceDefinitions().withName("eventtypes.flowcore.io");
    String annotation = "{\"metadata\":{\"annotations\":{\"flowcore.io/release\":\"%s\"}}}";
    crd.patch(PatchContext.of(PatchType.JSON_MERGE), annotation.formatted("0.0.1"));
    try {
      assertThat(CrdVersionCheck.findProblems(server.operatorClient()))
          .singleElement()
          .asString()
          .contains("eventtypes.flowcore.io is from release 0.0.1");
    } finally {
      crd.patch(PatchContext.of(PatchType.JSON_MERGE), annotation.formatted(ApiRelease.VERSION));
    }
  }

  @Test
  void theOperatorSetsNoFinalizers() {
    runShop();
    assertThat(resource(DataCore.class, "shop").get().getMetadata().getFinalizers()).isEmpty();
    assertThat(resource(WebhookKey.class, "sender").get().getMetadata().getFinalizers()).isEmpty();
    assertThat(resource(StatefulSet.class, "shop-ingest").get().getMetadata().getFinalizers())
        .isEmpty();
  }
}
