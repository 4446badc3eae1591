package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Gateway API, which a cluster may lack, and may get or lose while the operator runs. */
final class GatewayApi {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayApi.class);
  private static final Duration FRESH = Duration.ofSeconds(30);
  private static final String GROUP = "gateway.networking.k8s.io";
  private static final ResourceDefinitionContext ROUTES =
      new ResourceDefinitionContext.Builder()
          .withGroup(GROUP)
          .withVersion("v1")
          .withKind("HTTPRoute")
          .withPlural("httproutes")
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;
  private final Clock clock;
  private volatile Seen seen = new Seen(false, Instant.MIN);

  private record Seen(boolean present, Instant at) {}

  GatewayApi(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Whether it is there, as of half a minute ago at the most. */
  boolean present() {
    Seen last = seen;
    Instant now = clock.instant();
    if (last.at().isBefore(now.minus(FRESH))) {
      last = new Seen(asked(last.present()), now);
      seen = last;
    }
    return last.present();
  }

  /** A discovery that fails says nothing new; it must not stop data cores that need no gateway. */
  private boolean asked(boolean before) {
    try {
      return client.supports(GROUP + "/v1", "HTTPRoute");
    } catch (KubernetesClientException e) {
      LOG.warn("The API server does not say whether it has the Gateway API", e);
      return before;
    }
  }

  Optional<GenericKubernetesResource> route(String namespace, String name) {
    return Optional.ofNullable(
        client.genericKubernetesResources(ROUTES).inNamespace(namespace).withName(name).get());
  }
}
