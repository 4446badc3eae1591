package io.flowcore.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Comparator;

/** The kind, namespace and name of a resource. Ordered by these three, as text. */
public record ResourceId(ResourceKind kind, String namespace, String name)
    implements Comparable<ResourceId> {
  private static final Comparator<ResourceId> ORDER =
      Comparator.comparing((ResourceId id) -> id.kind().kubernetesName())
          .thenComparing(ResourceId::namespace)
          .thenComparing(ResourceId::name);

  /** The namespace of a manifest without {@code metadata.namespace}. */
  public static final String DEFAULT_NAMESPACE = "default";

  /**
   * Returns the id of a resource.
   *
   * @throws IllegalArgumentException if {@link ResourceKind} does not have the resource's kind
   */
  public static ResourceId of(HasMetadata resource) {
    ResourceKind kind =
        ResourceKind.find(resource.getKind())
            .orElseThrow(
                () -> new IllegalArgumentException("unknown resource kind " + resource.getKind()));
    String namespace = resource.getMetadata().getNamespace();
    return new ResourceId(
        kind, namespace == null ? DEFAULT_NAMESPACE : namespace, resource.getMetadata().getName());
  }

  @Override
  public int compareTo(ResourceId other) {
    return ORDER.compare(this, other);
  }

  /** Returns the id for messages, for example {@code DataCore default/shop}. */
  @Override
  public String toString() {
    return kind + " " + namespace + "/" + name;
  }
}
