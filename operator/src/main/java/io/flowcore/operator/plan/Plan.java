package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Comparator;
import java.util.List;

/**
 * The objects that run a data core.
 *
 * @param objects in the order in which they are applied
 * @param catalog those of them that carry the catalog to workers
 * @param url base URL of its webhooks
 */
public record Plan(List<HasMetadata> objects, List<HasMetadata> catalog, String url) {
  /** What others need comes first: settings before pods, pods before routes. */
  private static final List<String> ORDER =
      List.of(
          "ServiceAccount",
          "ConfigMap",
          "Secret",
          "PersistentVolumeClaim",
          "NetworkPolicy",
          "Service",
          "StatefulSet",
          "Deployment",
          "PodDisruptionBudget",
          "HorizontalPodAutoscaler",
          "Ingress",
          "HTTPRoute");

  public Plan {
    objects =
        objects.stream()
            .sorted(
                Comparator.comparingInt((HasMetadata object) -> ORDER.indexOf(object.getKind()))
                    .thenComparing(object -> object.getMetadata().getName()))
            .toList();
    catalog = List.copyOf(catalog);
  }
}
