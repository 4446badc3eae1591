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
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.util.ArrayList;
import java.util.HashMap;
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
  /** Ends a sentence about what is refused and yet goes on. */
  static final String KEPT = " (its last good version stays in force)";

  private static final Set<Reason> FAULTS_OF_A_PARENT =
      Set.of(Reason.DataCoreRefused, Reason.FlowTypeRefused);

  private Map<ResourceId, HasMetadata> inForce = Map.of();
  private Map<String, ResourceId> owners = Map.of();

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
    List<String> refusals = SecretRepair.repair(state, inForce);
    SortedMap<ResourceId, List<ValidationFailure>> putBack = new TreeMap<>();
    Compilation compiled = compile(state);
    // Every round puts back one resource at least, and none twice.
    while (putBack(state, compiled, putBack)) {
      compiled = compile(state);
    }
    inForce = accepted(state, compiled);
    owners = compiled.owners();
    refusals.addAll(sentences(compiled, putBack));
    return new Settled(compiled.catalog(), refusals);
  }

  private Compilation compile(SortedMap<ResourceId, HasMetadata> state) {
    ResourceSet resources =
        new ResourceSet(
            only(state, DataCore.class),
            only(state, FlowType.class),
            only(state, EventType.class),
            only(state, WebhookKey.class),
            only(state, Secret.class));
    return CatalogCompiler.compile(resources, owners);
  }

  /**
   * Puts back what is refused for its own fault. What is refused for its parent's follows only when
   * nothing else is left: with the parent back, its new version may be good.
   */
  private boolean putBack(
      Map<ResourceId, HasMetadata> state,
      Compilation compiled,
      Map<ResourceId, List<ValidationFailure>> putBack) {
    Map<ResourceId, List<ValidationFailure>> ownFault = new HashMap<>();
    Map<ResourceId, List<ValidationFailure>> parentsFault = new HashMap<>();
    compiled
        .verdicts()
        .forEach((id, refusals) -> {
          if (!refusals.isEmpty() && inForce.containsKey(id) && !putBack.containsKey(id)) {
            boolean parents =
                refusals.stream()
                    .map(ValidationFailure::reason)
                    .allMatch(FAULTS_OF_A_PARENT::contains);
            (parents ? parentsFault : ownFault).put(id, refusals);
          }
        });
    Map<ResourceId, List<ValidationFailure>> chosen = ownFault.isEmpty() ? parentsFault : ownFault;
    chosen.keySet().forEach(id -> state.computeIfPresent(id, this::lastVersion));
    putBack.putAll(chosen);
    return !chosen.isEmpty();
  }

  /**
   * The last good version. What stops a key counts even in a version that is refused: whoever
   * suspends one must not have to mend the rest first.
   */
  private HasMetadata lastVersion(ResourceId id, HasMetadata refused) {
    HasMetadata last = inForce.get(id);
    return refused instanceof WebhookKey now && last instanceof WebhookKey before
        ? KeyLimits.carriedOver(now, before)
        : last;
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
      Compilation compiled, SortedMap<ResourceId, List<ValidationFailure>> putBack) {
    SortedMap<ResourceId, List<ValidationFailure>> all = new TreeMap<>(compiled.verdicts());
    all.putAll(putBack);
    List<String> sentences = new ArrayList<>();
    all.forEach((id, refusals) -> {
      String kept = compiled.accepted(id) ? KEPT : "";
      refusals.forEach(
          refusal -> sentences.add(sentence(id, refusal.reason(), refusal.message()) + kept));
    });
    return sentences;
  }

  static String sentence(ResourceId id, Reason reason, String message) {
    return "%s: %s: %s".formatted(id, reason, message);
  }

  private static <T> List<T> only(Map<ResourceId, HasMetadata> resources, Class<T> kind) {
    return resources.values().stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
