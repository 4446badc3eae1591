package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPathBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressFluent;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.Routing;
import io.flowcore.catalog.ResourceKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plans the external route to the workers: an HTTPRoute if {@code routing.gateway} is set,
 * otherwise an Ingress. Webhook paths contain tenant and data core, so several data cores can share
 * a host. Query paths contain neither, so only one data core of a host owns them.
 */
final class RoutePlan {
  private static final List<String> WEBHOOKS = List.of("/event", "/events", "/file");
  private static final String API = "/api/v1";
  private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";

  private RoutePlan() {}

  static List<HasMetadata> objects(Names names, PlanInput input) {
    Routing routing = input.dataCore().getSpec().routing();
    if (routing == null) {
      return List.of();
    }
    if (routing.gateway() == null) {
      return List.of(ingress(names, input, routing));
    }
    return input.gatewayApi() ? List.of(httpRoute(names, input, routing)) : List.of();
  }

  /** Returns the base URL of the webhooks. Assumes that a Gateway terminates TLS, as most do. */
  static String url(Names names, DataCore dataCore) {
    Routing routing = dataCore.getSpec().routing();
    if (routing == null) {
      return "http://" + names.worker() + "." + names.namespace() + ".svc:" + WorkerPod.HTTP_PORT;
    }
    boolean tls = routing.gateway() != null || tlsSecret(routing).isPresent();
    return (tls ? "https://" : "http://") + routing.host();
  }

  private static Optional<String> tlsSecret(Routing routing) {
    return Optional.ofNullable(routing.ingress())
        .map(Routing.Ingress::tlsSecretRef)
        .map(ref -> ref.name());
  }

  private static List<String> paths(PlanInput input) {
    String target =
        "/" + input.dataCore().getSpec().tenant() + "/" + input.dataCore().getSpec().name();
    List<String> paths = new ArrayList<>();
    for (String webhook : WEBHOOKS) {
      paths.add(webhook + target);
      paths.add(API + webhook + target);
    }
    if (input.ownsQueryPath()) {
      paths.add(API);
    }
    return paths;
  }

  private static HasMetadata ingress(Names names, PlanInput input, Routing routing) {
    Optional<Routing.Ingress> settings = Optional.ofNullable(routing.ingress());
    IngressBuilder ingress =
        new IngressBuilder()
            .withMetadata(names.owned(names.worker()))
            .withNewSpec()
            .withIngressClassName(settings.map(Routing.Ingress::className).orElse(null))
            .addNewRule()
            .withHost(routing.host())
            .withNewHttp()
            .withPaths(paths(input).stream().map(path -> ingressPath(names, path)).toList())
            .endHttp()
            .endRule()
            .endSpec();
    settings
        .map(Routing.Ingress::annotations)
        .ifPresent(
            annotations -> ingress.editMetadata().withAnnotations(annotations).endMetadata());
    tlsSecret(routing)
        .ifPresent(secret -> {
          IngressFluent<IngressBuilder>.SpecNested<IngressBuilder> spec = ingress.editSpec();
          spec.addNewTl().withHosts(routing.host()).withSecretName(secret).endTl();
          spec.endSpec();
        });
    return ingress.build();
  }

  private static HTTPIngressPath ingressPath(Names names, String path) {
    return new HTTPIngressPathBuilder()
        .withPath(path)
        .withPathType("Prefix")
        .withNewBackend()
        .withNewService()
        .withName(names.worker())
        .withNewPort()
        .withName(WorkerPod.HTTP)
        .endPort()
        .endService()
        .endBackend()
        .build();
  }

  /** A generic resource: the project has no model classes for the Gateway API. */
  private static HasMetadata httpRoute(Names names, PlanInput input, Routing routing) {
    GenericKubernetesResource route = new GenericKubernetesResource();
    route.setApiVersion(GATEWAY_API);
    route.setKind(ResourceKind.HTTP_ROUTE.kubernetesName());
    route.setMetadata(names.owned(names.worker()));
    Map<String, Object> parent = new LinkedHashMap<>();
    parent.put("group", "gateway.networking.k8s.io");
    parent.put("kind", "Gateway");
    parent.put("name", routing.gateway().name());
    if (routing.gateway().namespace() != null) {
      parent.put("namespace", routing.gateway().namespace());
    }
    if (routing.gateway().sectionName() != null) {
      parent.put("sectionName", routing.gateway().sectionName());
    }
    Map<String, Object> backend =
        Map.of(
            "group",
            "",
            "kind",
            ResourceKind.SERVICE.kubernetesName(),
            "name",
            names.worker(),
            "port",
            WorkerPod.HTTP_PORT,
            "weight",
            1);
    // A rule can have at most eight matches; there are at most seven paths.
    List<Map<String, Object>> matches =
        paths(input).stream()
            .map(
                path -> Map.<String, Object>of("path", Map.of("type", "PathPrefix", "value", path)))
            .toList();
    route.setAdditionalProperty(
        "spec",
        Map.of(
            "parentRefs", List.of(parent),
            "hostnames", List.of(routing.host()),
            "rules", List.of(Map.of("matches", matches, "backendRefs", List.of(backend)))));
    return route;
  }
}
