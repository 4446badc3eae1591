package io.flowcore.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/** Labels, annotations and owner references of the objects that the operator manages. */
public final class ManagedMetadata {
  /** Label of every managed object; watches select by it. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** Value of {@link #MANAGED_BY}; also the field manager of server-side apply. */
  public static final String OPERATOR = "flowcore-operator";

  /** Label with the data core of an object. */
  public static final String DATA_CORE = "flowcore.io/data-core";

  /** Annotation of a worker's pod: {@code metadata.name} of its data core. */
  public static final String DATA_CORE_NAME = "flowcore.io/data-core-name";

  /**
   * Annotation of a worker's pod: the catalog revision to load. The kubelet refreshes mounted files
   * at once when it changes.
   */
  public static final String CATALOG_REVISION = "flowcore.io/catalog-revision";

  private static final String API_VERSION = "flowcore.io/v1alpha1";

  private ManagedMetadata() {}

  /**
   * Returns a controller reference to a flowcore.io resource; the garbage collector deletes an
   * object that carries it together with the owner.
   */
  public static OwnerReference ownerReference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(API_VERSION)
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(false)
        .build();
  }
}
