package io.flowcore.operator.cluster;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Routes follow the routing settings of a data core. */
interface RoutingStories extends OperatorSteps {
  @Test
  default void routesAreCreatedChangedAndDeleted() {
    applyShop();
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
}
