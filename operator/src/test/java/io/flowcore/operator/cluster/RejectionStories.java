package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A rejected change does not stop what was running before. */
interface RejectionStories extends OperatorSteps {
  @Test
  default void aRejectedDataCoreKeepsItsPreviousConfiguration() throws Exception {
    runShop();
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
  default void aDataCoreThatTheClusterRejectsKeepsItsCatalog() throws Exception {
    runShop();
    String revision = planned().revision();
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"archive\":{\"directory\":{\"path\":\"/elsewhere\"}}}}");
    awaitStatus(dataCore(), "Accepted", "False/Invalid");
    awaitStatus(resource(EventType.class, "placed").get(), "ResolvedRefs", "False/FlowTypeRefused");
    assertThat(planned().revision()).isEqualTo(revision);
  }

  @Test
  default void aDeletedKeyOfARejectedDataCoreIsRevoked() {
    runShop();
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
  default void aRejectedEventTypeKeepsItsLastValidVersion() throws Exception {
    runShop();
    String revision = planned().revision();
    resource(EventType.class, "placed")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"maxEventSize\":\"2Mi\"}}");
    awaitStatus(resource(EventType.class, "placed").get(), "Accepted", "False/Invalid");
    assertThat(conditionsOf(resource(EventType.class, "placed").get()))
        .anySatisfy(condition ->
            assertThat(condition.getMessage()).contains("last known good version stays active"));
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
  default void aRunningDataCoreKeepsItsNameWhenItIsRejected() {
    runShop();
    DataCore younger = Manifests.dataCore(namespace(), "a-shop", "acme", namespace());
    admin().resource(younger).create();
    awaitStatus(younger, "Accepted", "False/NameConflict");
    resource(DataCore.class, "shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"retention\":{\"hot\":\"9d\",\"maxTtl\":\"1d\"}}}");
    awaitStatus(dataCore(), "Accepted", "False/Invalid");
    resource(DataCore.class, "a-shop")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"description\":\"changed\"}}");
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
}
