package io.flowcore.operator.kubernetes;

import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;

/** Converts between {@link ResourceId} and {@link ResourceKind}. */
public final class ResourceIds {
  private ResourceIds() {}

  /** Returns the identity of a resource. */
  public static ResourceId of(ResourceKind kind, String namespace, String name) {
    return new ResourceId(kind.kubernetesName(), namespace, name);
  }

  /**
   * Returns the kind of a resource.
   *
   * @throws IllegalArgumentException if {@link ResourceKind} does not have that kind
   */
  public static ResourceKind kind(ResourceId id) {
    return ResourceKind.find(id.kind())
        .orElseThrow(() -> new IllegalArgumentException("unexpected kind of resource: " + id));
  }
}
