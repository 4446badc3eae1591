package io.flowcore.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Comparator;

/** Kind, namespace and name of a resource. */
public record ResourceId(String kind, String namespace, String name)
    implements Comparable<ResourceId> {
  private static final Comparator<ResourceId> ORDER =
      Comparator.comparing(ResourceId::kind)
          .thenComparing(ResourceId::namespace)
          .thenComparing(ResourceId::name);

  /** The namespace of a manifest that names none. */
  public static final String DEFAULT_NAMESPACE = "default";

  /** Identity of a resource. */
  public static ResourceId of(HasMetadata resource) {
    String namespace = resource.getMetadata().getNamespace();
    return new ResourceId(
        resource.getKind(),
        namespace == null ? DEFAULT_NAMESPACE : namespace,
        resource.getMetadata().getName());
  }

  @Override
  public int compareTo(ResourceId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return kind + " " + namespace + "/" + name;
  }
}
