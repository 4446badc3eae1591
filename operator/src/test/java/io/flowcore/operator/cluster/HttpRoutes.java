package io.flowcore.operator.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;

/** The HTTPRoutes of the Gateway API, with a minimal CRD. */
final class HttpRoutes {
  static final ResourceDefinitionContext CONTEXT =
      new ResourceDefinitionContext.Builder()
          .withGroup("gateway.networking.k8s.io")
          .withVersion("v1")
          .withKind("HTTPRoute")
          .withPlural("httproutes")
          .withNamespaced(true)
          .build();

  private HttpRoutes() {}

  /** Writes the condition Accepted to a route, as a gateway controller does. */
  static void setAccepted(
      Resource<GenericKubernetesResource> route, String status, String message) {
    Map<String, String> condition =
        Map.of("type", "Accepted", "status", status, "message", message);
    route.edit(now -> {
      now.setAdditionalProperty(
          "status", Map.of("parents", List.of(Map.of("conditions", List.of(condition)))));
      return now;
    });
  }

  /** Returns a CRD that accepts any content. */
  static CustomResourceDefinition crd() {
    return Serialization.unmarshal(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: httproutes.gateway.networking.k8s.io
          annotations: {api-approved.kubernetes.io: unapproved-for-tests}
        spec:
          group: gateway.networking.k8s.io
          scope: Namespaced
          names: {kind: HTTPRoute, plural: httproutes, singular: httproute, listKind: HTTPRouteList}
          versions:
            - name: v1
              served: true
              storage: true
              schema:
                openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
        """,
        CustomResourceDefinition.class);
  }
}
