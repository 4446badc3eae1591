package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.flowcore.catalog.ResourceKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Gateway API, whose CRDs can be installed or removed while the operator runs. */
final class GatewayApi {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayApi.class);
  private static final Duration MAX_AGE = Duration.ofSeconds(30);
  private static final String GROUP = "gateway.networking.k8s.io";
  private static final ResourceDefinitionContext ROUTES =
      new ResourceDefinitionContext.Builder()
          .withGroup(GROUP)
          .withVersion("v1")
          .withKind(ResourceKind.HTTP_ROUTE.kubernetesName())
          .withPlural("httproutes")
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;
  private final Clock clock;
  private volatile Discovery lastDiscovery = new Discovery(false, Instant.MIN);

  private record Discovery(boolean served, Instant at) {}

  GatewayApi(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Returns whether the API server serves HTTPRoutes; the result is at most 30 s old. */
  boolean isServed() {
    Discovery last = lastDiscovery;
    Instant now = clock.instant();
    if (last.at().isBefore(now.minus(MAX_AGE))) {
      last = new Discovery(discover(last.served()), now);
      lastDiscovery = last;
    }
    return last.served();
  }

  /**
   * A failed discovery keeps the last result: data cores without a gateway must not fail because of
   * it.
   */
  private boolean discover(boolean before) {
    try {
      return client.supports(GROUP + "/v1", ResourceKind.HTTP_ROUTE.kubernetesName());
    } catch (KubernetesClientException e) {
      LOG.warn(
          "Could not discover whether the cluster serves the Gateway API; keeping the last result",
          e);
      return before;
    }
  }

  /** Returns an HTTPRoute, if it exists. */
  Optional<GenericKubernetesResource> findRoute(String namespace, String name) {
    return Optional.ofNullable(
        client.genericKubernetesResources(ROUTES).inNamespace(namespace).withName(name).get());
  }
}
