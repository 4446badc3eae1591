package io.flowcore.operator.resolve;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The resources of a data core {@code shop} for tests, which change them step by step. */
final class ShopResources {
  private static final String NAMESPACE = "team-a";

  private final Map<ResourceId, HasMetadata> resources = new TreeMap<>();

  /** Replaces the data core; its spec has further fields. */
  void dataCore(String spec) {
    add(DataCore.class, "shop", "tenant: acme, name: shop, " + spec);
  }

  /** Adds or replaces a key; its spec has further fields. */
  void key(String name, String more) {
    add(WebhookKey.class, name, "dataCoreRef: {name: shop}, permissions: [ingest], " + more);
  }

  /** Adds or replaces a Secret with one entry, which has no owner. */
  void secret(String name, String entry, String text) {
    put(
        Serialization.unmarshal(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData: {%s: %s}"
                .formatted(name, entry, text),
            Secret.class));
  }

  /** Makes a Secret the one that the operator created for the key with the same name. */
  void own(String name) {
    resources
        .get(id(ResourceKind.SECRET, name))
        .getMetadata()
        .setOwnerReferences(
            List.of(
                ManagedMetadata.ownerReference(resources.get(id(ResourceKind.WEBHOOK_KEY, name)))));
  }

  /** Adds or replaces a resource. */
  void add(Class<? extends HasMetadata> kind, String name, String spec) {
    put(
        Serialization.unmarshal(
            "apiVersion: flowcore.io/v1alpha1\nkind: %s\nmetadata: {name: %s}\nspec: {%s}"
                .formatted(kind.getSimpleName(), name, spec),
            kind));
  }

  private void put(HasMetadata resource) {
    resource.getMetadata().setNamespace(NAMESPACE);
    resource.getMetadata().setUid("uid-of-" + resource.getMetadata().getName());
    resource.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
    resources.put(ResourceId.of(resource), resource);
  }

  /** Deletes a resource, which must exist. */
  void delete(ResourceKind kind, String name) {
    if (resources.remove(id(kind, name)) == null) {
      throw new IllegalArgumentException(kind + " " + name + " does not exist");
    }
  }

  /** Returns the id of a resource of the data core's namespace. */
  static ResourceId id(ResourceKind kind, String name) {
    return new ResourceId(kind, NAMESPACE, name);
  }

  private <T> List<T> all(Class<T> kind) {
    return resources.values().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Returns the inputs of a reconciliation. */
  DataCoreInputs inputs(DataCore... sameName) {
    return new DataCoreInputs(
        id(ResourceKind.DATA_CORE, "shop"),
        all(DataCore.class).stream().findFirst(),
        List.of(sameName),
        List.of(),
        all(FlowType.class),
        all(EventType.class),
        all(WebhookKey.class),
        all(Secret.class));
  }
}
