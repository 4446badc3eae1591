package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** References and names are resolved between resources. */
interface ReferenceStories extends OperatorSteps {
  @Test
  default void aBrokenReferenceIsResolvedWhenItsTargetIsCreated() {
    EventType type = Manifests.eventType(namespace(), "placed", "orders");
    FlowType flow = Manifests.flowType(namespace(), "orders", "shop");
    admin().resource(type).create();
    awaitStatus(type, "ResolvedRefs", "False/FlowTypeNotFound");
    admin().resource(flow).create();
    awaitStatus(flow, "ResolvedRefs", "False/DataCoreNotFound");
    awaitStatus(type, "ResolvedRefs", "False/FlowTypeRefused");
    DataCore core = Manifests.dataCore(namespace(), "shop", "acme", namespace());
    admin().resource(core).create();
    awaitStatus(flow, "ResolvedRefs", "True/ResolvedRefs");
    awaitStatus(type, "ResolvedRefs", "True/ResolvedRefs");
    admin().resource(core).delete();
    awaitStatus(flow, "ResolvedRefs", "False/DataCoreNotFound");
    awaitStatus(type, "ResolvedRefs", "False/FlowTypeRefused");
  }

  @Test
  default void theOlderOfTwoDataCoresKeepsANameUntilItIsDeleted() {
    DataCore older = Manifests.dataCore(namespace(), "shop", "acme", namespace());
    admin().resource(older).create();
    awaitStatus(older, "Accepted", "True/Accepted");
    String second = resource(DataCore.class, "shop").get().getMetadata().getCreationTimestamp();
    await().until(() -> !Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().equals(second));
    DataCore younger = Manifests.dataCore(namespace(), "a-shop", "acme", namespace());
    admin().resource(younger).create();
    awaitStatus(younger, "Accepted", "False/NameConflict");
    awaitStatus(older, "Accepted", "True/Accepted");
    assertThat(resource(StatefulSet.class, "a-shop-ingest").get()).isNull();
    admin().resource(older).delete();
    awaitStatus(younger, "Accepted", "True/Accepted");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> resource(StatefulSet.class, "a-shop-ingest").get() != null);
  }
}
