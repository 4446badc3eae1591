package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Planned objects are created and corrected; objects of other owners are not changed. */
interface ApplyStories extends OperatorSteps {
  @Test
  default void appliedResourcesBecomeReadyWhenWorkersReportTheCatalog() {
    applyShop();
    workers().run(awaitWorkload());
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(status(dataCore().getStatus().conditions(), "Programmed"))
                .isEqualTo("False/Pending"));
    awaitAllReady();
  }

  @Test
  default void manualChangesAreReverted() {
    runShop();
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
  default void aNewEventTypeIsProgrammedWhenWorkersReportItAndKeepsTheOthersReady() {
    runShop();
    String since = since(resource(EventType.class, "placed").get());
    long generation =
        resource(StatefulSet.class, "shop-ingest").get().getMetadata().getGeneration();
    EventType added = Manifests.eventType(namespace(), "shipped", "orders");
    admin().resource(added).create();
    awaitPlanned(catalog -> catalog.eventTypeCount() == 2);
    awaitStatus(added, "Accepted", "True/Accepted");
    awaitStatus(added, "Programmed", "False/Pending");
    awaitAllReady();
    awaitStatus(added, "Ready", "True/Ready");
    assertThat(since(resource(EventType.class, "placed").get())).isEqualTo(since);
    assertThat(resource(StatefulSet.class, "shop-ingest").get().getMetadata().getGeneration())
        .as("no pod is replaced")
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
  default void aForeignObjectWithAPlannedNameIsNotChanged() {
    Secret foreignSecret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace())
            .withName("shop-keys")
            .endMetadata()
            .addToStringData("password", "foreign")
            .build();
    admin().resource(foreignSecret).create();
    Service foreignService =
        new ServiceBuilder()
            .withNewMetadata()
            .withNamespace(namespace())
            .withName("shop-ingest")
            .endMetadata()
            .withNewSpec()
            .addNewPort()
            .withPort(80)
            .endPort()
            .endSpec()
            .build();
    admin().resource(foreignService).create();
    applyShop();
    awaitStatus(dataCore(), "Programmed", "False/ApplyFailed");
    assertThat(conditionsOf(dataCore()))
        .anySatisfy(condition ->
            assertThat(condition.getMessage())
                .contains(
                    "Secret " + namespace() + "/shop-keys already exists and is not managed by")
                .contains("Service " + namespace() + "/shop-ingest already exists"));
    for (HasMetadata object : List.of(foreignSecret, foreignService)) {
      assertThat(resource(object.getClass(), nameOf(object)).get().getMetadata())
          .satisfies(metadata -> {
            assertThat(metadata.getOwnerReferences()).isNullOrEmpty();
            assertThat(metadata.getLabels()).isNullOrEmpty();
          });
    }
  }

  @Test
  default void anEventNamesTheFirstFieldOfAChangedPodTemplate() {
    runShop();
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"worker\":{\"image\":\"registry.example/worker:next\"}}}");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(admin().v1().events().inNamespace(namespace()).list().getItems())
                .anySatisfy(event -> {
                  assertThat(event.getReason()).isEqualTo("RollingOut");
                  assertThat(event.getMessage()).contains("containers[0].image");
                }));
    awaitStatus(dataCore(), "Ready", "False/RollingOut");
  }
}
