package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.LastKnownGood;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.ValidationFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The active version of each manifest, and the owner of each unique name. A manifest that becomes
 * invalid keeps its last known good version, see {@link LastKnownGood}; one that requests a name in
 * use is rejected. Immutable.
 */
record ActiveManifests(Map<ResourceId, HasMetadata> versions, Map<String, ResourceId> owners) {
  /** Before the first read. */
  static final ActiveManifests NONE = new ActiveManifests(Map.of(), Map.of());

  ActiveManifests {
    versions = Map.copyOf(versions);
    owners = Map.copyOf(owners);
  }

  /** Returns the active version of a resource, or the version of a Secret that was read last. */
  Optional<HasMetadata> version(ResourceId id) {
    return Optional.ofNullable(versions.get(id));
  }

  /** Returns all Secrets. */
  List<Secret> secrets() {
    return select(versions, Secret.class);
  }

  /**
   * The result of reading the manifests again.
   *
   * @param rejections messages for users, one for each validation failure
   */
  record Update(ActiveManifests active, Catalog catalog, List<String> rejections) {}

  /**
   * Returns the state after a change.
   *
   * @param read the newest version of every manifest that exists
   */
  Update update(SortedMap<ResourceId, HasMetadata> read) {
    SortedMap<ResourceId, HasMetadata> newest = new TreeMap<>(read);
    List<String> rejections = new ArrayList<>(SecretRestorer.restore(newest, versions));
    // No revoking reasons: the last known good version of a key is validated against the Secrets
    // read.
    LastKnownGood.Outcome<HasMetadata, Compilation> outcome =
        LastKnownGood.apply(lastGood(newest), Set.of(), kept -> compile(newest, kept));
    outcome
        .failures()
        .forEach((id, failures) -> failures.forEach(one -> rejections.add(message(id, one))));
    Compilation compiled = outcome.validation();
    Map<ResourceId, HasMetadata> active = new HashMap<>();
    newest.forEach((id, resource) -> {
      if (resource instanceof Secret || compiled.isAccepted(id)) {
        active.put(id, outcome.kept().getOrDefault(id, resource));
      }
    });
    return new Update(
        new ActiveManifests(active, compiled.owners()), compiled.catalog(), rejections);
  }

  /** Returns the active version of each manifest that still exists. */
  private Map<ResourceId, HasMetadata> lastGood(Map<ResourceId, HasMetadata> newest) {
    Map<ResourceId, HasMetadata> lastGood = new HashMap<>();
    newest.forEach((id, resource) -> {
      HasMetadata last = versions.get(id);
      if (resource instanceof WebhookKey newKey && last instanceof WebhookKey lastKey) {
        lastGood.put(id, LastKnownGood.restrict(lastKey, newKey));
      } else if (last instanceof EventType type) {
        lastGood.put(id, withInheritedValues(type));
      } else if (last != null) {
        lastGood.put(id, last);
      }
    });
    return lastGood;
  }

  /** The flow type and the data core of an active event type are active too. */
  private EventType withInheritedValues(EventType type) {
    String namespace = ResourceId.of(type).namespace();
    String flowName = type.getSpec().flowTypeRef().name();
    return version(new ResourceId(ResourceKind.FLOW_TYPE, namespace, flowName))
        .map(flow -> ((FlowType) flow).getSpec().dataCoreRef().name())
        .flatMap(coreName -> version(new ResourceId(ResourceKind.DATA_CORE, namespace, coreName)))
        .map(core -> LastKnownGood.withInheritedValues(type, (DataCore) core))
        .orElse(type);
  }

  private Compilation compile(
      Map<ResourceId, HasMetadata> newest, Map<ResourceId, HasMetadata> kept) {
    Map<ResourceId, HasMetadata> resources = new TreeMap<>(newest);
    resources.putAll(kept);
    return CatalogCompiler.compile(
        new ResourceSet(
            select(resources, DataCore.class),
            select(resources, FlowType.class),
            select(resources, EventType.class),
            select(resources, WebhookKey.class),
            select(resources, Secret.class)),
        owners,
        kept.keySet());
  }

  /** Returns the message for users. */
  static String message(ResourceId id, ValidationFailure failure) {
    return "%s: %s: %s".formatted(id, failure.reason(), failure.message());
  }

  private static <T> List<T> select(Map<ResourceId, HasMetadata> resources, Class<T> kind) {
    return resources.values().stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
