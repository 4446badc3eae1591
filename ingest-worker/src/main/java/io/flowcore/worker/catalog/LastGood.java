package io.flowcore.worker.catalog;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.api.v1alpha1.WebhookKeySpec;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.Refusal;
import io.flowcore.catalog.Refusal.Reason;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is in force of each resource. A resource that turns bad keeps its last good version; one
 * that is deleted goes; one that newly asks for a name in use does not get it.
 */
final class LastGood {
  private static final Set<Reason> FAULTS_OF_A_PARENT =
      Set.of(Reason.DataCoreRefused, Reason.FlowTypeRefused);
  private static final Set<Reason> FAULTS_OF_A_SECRET =
      Set.of(Reason.InvalidKey, Reason.SecretNotFound, Reason.Invalid);

  private Map<ResourceId, HasMetadata> inForce = Map.of();

  /** The version of a resource that is in force, or of a Secret that was read last. */
  Optional<HasMetadata> version(ResourceId id) {
    return Optional.ofNullable(inForce.get(id));
  }

  /** Every Secret in force. */
  List<Secret> secrets() {
    return only(inForce, Secret.class);
  }

  /**
   * A new state.
   *
   * @param refusals what was refused of it, in sentences
   */
  record Settled(Catalog catalog, List<String> refusals) {}

  /** Takes what is good of a new state. */
  Settled settle(SortedMap<ResourceId, HasMetadata> read) {
    SortedMap<ResourceId, HasMetadata> state = new TreeMap<>(read);
    SortedMap<ResourceId, List<Refusal>> putBack = new TreeMap<>();
    Compilation compiled = compile(state);
    // Every round puts back one resource at least, and none twice.
    while (putBack(state, compiled, putBack) || putBackSecrets(state, compiled, putBack.keySet())) {
      compiled = compile(state);
    }
    inForce = accepted(state, compiled);
    return new Settled(compiled.catalog(), sentences(compiled, putBack));
  }

  private Compilation compile(SortedMap<ResourceId, HasMetadata> state) {
    ResourceSet resources =
        new ResourceSet(
            only(state, DataCore.class),
            only(state, FlowType.class),
            only(state, EventType.class),
            only(state, WebhookKey.class),
            only(state, Secret.class));
    return CatalogCompiler.compile(resources, inForce.keySet());
  }

  /**
   * Puts back what is refused for its own fault. What is refused for its parent's follows only when
   * nothing else is left: with the parent back, its new version may be good.
   */
  private boolean putBack(
      Map<ResourceId, HasMetadata> state,
      Compilation compiled,
      Map<ResourceId, List<Refusal>> putBack) {
    Map<ResourceId, List<Refusal>> ownFault = new HashMap<>();
    Map<ResourceId, List<Refusal>> parentsFault = new HashMap<>();
    compiled
        .verdicts()
        .forEach((id, refusals) -> {
          if (!refusals.isEmpty() && inForce.containsKey(id) && !putBack.containsKey(id)) {
            boolean parents =
                refusals.stream().map(Refusal::reason).allMatch(FAULTS_OF_A_PARENT::contains);
            (parents ? parentsFault : ownFault).put(id, refusals);
          }
        });
    Map<ResourceId, List<Refusal>> chosen = ownFault.isEmpty() ? parentsFault : ownFault;
    chosen.keySet().forEach(id -> state.put(id, inForce.get(id)));
    putBack.putAll(chosen);
    return !chosen.isEmpty();
  }

  /** A key that is refused even in its last good version: its Secret was spoiled, not deleted. */
  private boolean putBackSecrets(
      Map<ResourceId, HasMetadata> state, Compilation compiled, Set<ResourceId> putBack) {
    Set<ResourceId> changed = new HashSet<>();
    for (WebhookKey key : only(state, WebhookKey.class)) {
      ResourceId id = ResourceId.of(key);
      boolean secretsFault =
          compiled.verdicts().getOrDefault(id, List.of()).stream()
              .map(Refusal::reason)
              .anyMatch(FAULTS_OF_A_SECRET::contains);
      ResourceId secret = new ResourceId("Secret", id.namespace(), secretName(key));
      HasMetadata last = inForce.get(secret);
      HasMetadata now = state.get(secret);
      if (secretsFault && putBack.contains(id) && now != null && last != null && now != last) {
        changed.add(secret);
      }
    }
    changed.forEach(secret -> state.put(secret, inForce.get(secret)));
    return !changed.isEmpty();
  }

  private static String secretName(WebhookKey key) {
    WebhookKeySpec spec = key.getSpec();
    String name =
        spec.existingSecretRef() == null ? spec.secretName() : spec.existingSecretRef().name();
    return name == null ? "" : name;
  }

  private static Map<ResourceId, HasMetadata> accepted(
      Map<ResourceId, HasMetadata> state, Compilation compiled) {
    Map<ResourceId, HasMetadata> accepted = new HashMap<>();
    state.forEach((id, resource) -> {
      if (resource instanceof Secret || compiled.accepted(id)) {
        accepted.put(id, resource);
      }
    });
    return Map.copyOf(accepted);
  }

  private static List<String> sentences(
      Compilation compiled, SortedMap<ResourceId, List<Refusal>> putBack) {
    SortedMap<ResourceId, List<Refusal>> all = new TreeMap<>(compiled.verdicts());
    all.putAll(putBack);
    List<String> sentences = new ArrayList<>();
    all.forEach((id, refusals) -> {
      String kept = compiled.accepted(id) ? " (its last good version stays in force)" : "";
      refusals.forEach(refusal ->
          sentences.add("%s: %s: %s%s".formatted(id, refusal.reason(), refusal.message(), kept)));
    });
    return sentences;
  }

  private static <T> List<T> only(Map<ResourceId, HasMetadata> resources, Class<T> kind) {
    return resources.values().stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
