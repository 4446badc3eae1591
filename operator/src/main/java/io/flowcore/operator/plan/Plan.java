package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The objects that run a data core.
 *
 * @param catalogObjects the ConfigMap and the Secret with the catalog, in the order to write them
 *     in; they are applied first
 * @param otherObjects all others, in the order to apply them in
 * @param url base URL of the webhooks
 */
public record Plan(List<HasMetadata> catalogObjects, List<HasMetadata> otherObjects, String url) {
  /** Dependencies first: configuration before pods, pods before routes. */
  private static final List<ResourceKind> ORDER =
      List.of(
          ResourceKind.SERVICE_ACCOUNT,
          ResourceKind.CONFIG_MAP,
          ResourceKind.SECRET,
          ResourceKind.PERSISTENT_VOLUME_CLAIM,
          ResourceKind.NETWORK_POLICY,
          ResourceKind.SERVICE,
          ResourceKind.STATEFUL_SET,
          ResourceKind.DEPLOYMENT,
          ResourceKind.POD_DISRUPTION_BUDGET,
          ResourceKind.HORIZONTAL_POD_AUTOSCALER,
          ResourceKind.INGRESS,
          ResourceKind.HTTP_ROUTE);

  private static final Comparator<HasMetadata> BY_KIND_AND_NAME =
      Comparator.comparingInt((HasMetadata object) -> ORDER.indexOf(ResourceId.of(object).kind()))
          .thenComparing(object -> object.getMetadata().getName());

  public Plan {
    catalogObjects = List.copyOf(catalogObjects);
    otherObjects = otherObjects.stream().sorted(BY_KIND_AND_NAME).toList();
  }

  /** Returns all objects, sorted by kind and name. */
  public List<HasMetadata> allObjects() {
    return Stream.concat(catalogObjects.stream(), otherObjects.stream())
        .sorted(BY_KIND_AND_NAME)
        .toList();
  }
}
