package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.LastKnownGood;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ValidationFailure;
import io.flowcore.operator.gather.DataCoreInputs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Merges the accepted resources of a data core with the last known good versions of rejected ones.
 * An accepted resource takes precedence over a last known good version with the same name.
 *
 * <p>While the data core is rejected, its keys are validated again as if it were accepted, because
 * revocations and rotations must take effect. Rejected flow types and event types keep their last
 * good versions: the catalog does not contain the defaults that new versions would inherit. Pure.
 */
final class CatalogMerger {
  private final DataCoreInputs inputs;
  private final Map<ResourceId, List<ValidationFailure>> failures;
  private final Optional<Catalog> accepted;
  private final PreviousCatalog previous;

  /**
   * A catalog of accepted resources and last known good versions.
   *
   * @param verdicts the failures of each resource; empty if it is in the catalog
   */
  record MergedCatalog(Catalog catalog, Map<ResourceId, List<ValidationFailure>> verdicts)
      implements LastKnownGood.Validation {}

  /**
   * Creates a merger.
   *
   * @param failures the failures of the newest version of each resource
   * @param accepted the accepted resources; empty if the data core is rejected
   */
  CatalogMerger(
      DataCoreInputs inputs,
      Map<ResourceId, List<ValidationFailure>> failures,
      Optional<Catalog> accepted,
      PreviousCatalog previous) {
    this.inputs = inputs;
    this.failures = failures;
    this.accepted = accepted;
    this.previous = previous;
  }

  /** Applies the rule of {@link LastKnownGood}. */
  LastKnownGood.Outcome<Catalog.Entry, MergedCatalog> merge() {
    return LastKnownGood.apply(previous.lastGood(), LastKnownGood.REVOKING_REASONS, this::validate);
  }

  private MergedCatalog validate(Map<ResourceId, Catalog.Entry> kept) {
    Map<ResourceId, List<ValidationFailure>> verdicts = new HashMap<>(failures);
    Optional<DataCoreEntry> core = accepted.map(catalog -> catalog.dataCores().getFirst());
    List<KeyEntry> keys = accepted.map(Catalog::keys).orElse(List.of());
    if (core.isEmpty() && kept.get(inputs.id()) instanceof DataCoreEntry lastGood) {
      core = Optional.of(lastGood);
      verdicts.put(inputs.id(), List.of());
      keys = validateKeys(verdicts);
    }
    if (core.isEmpty()) {
      return new MergedCatalog(Catalog.empty(), verdicts);
    }
    List<FlowTypeEntry> flows = flowTypes(core.get().flowTypes(), kept, verdicts);
    return new MergedCatalog(
        Catalog.of(List.of(core.get().withFlowTypes(flows)), mergeKeys(keys, kept, verdicts)),
        verdicts);
  }

  /**
   * Validates the keys of the previous catalog as if the data core were accepted. New keys stay
   * rejected.
   */
  private List<KeyEntry> validateKeys(Map<ResourceId, List<ValidationFailure>> verdicts) {
    Compilation compiled = previous.compileKeys();
    Set<String> known = new HashSet<>();
    for (WebhookKey resource : inputs.webhookKeys()) {
      if (previous.key(resource).isPresent()) {
        ResourceId id = ResourceId.of(resource);
        verdicts.put(id, compiled.verdicts().get(id));
        known.add(Members.qualifiedName(resource));
      }
    }
    return compiled.catalog().keys().stream()
        .filter(key -> known.contains(key.resource()))
        .toList();
  }

  private List<FlowTypeEntry> flowTypes(
      List<FlowTypeEntry> acceptedFlows,
      Map<ResourceId, Catalog.Entry> kept,
      Map<ResourceId, List<ValidationFailure>> verdicts) {
    TreeMap<String, FlowTypeEntry> flows = new TreeMap<>();
    acceptedFlows.forEach(flow -> flows.put(flow.name(), flow));
    for (FlowType resource : inputs.flowTypes()) {
      ResourceId id = ResourceId.of(resource);
      if (kept.get(id) instanceof FlowTypeEntry lastGood
          && flows.putIfAbsent(lastGood.name(), lastGood) == null) {
        verdicts.put(id, List.of());
      }
      Members.name(resource)
          .map(flows::get)
          .ifPresent(
              flow -> flows.put(flow.name(), withEventTypes(resource, flow, kept, verdicts)));
    }
    return List.copyOf(flows.values());
  }

  private FlowTypeEntry withEventTypes(
      FlowType parent,
      FlowTypeEntry flow,
      Map<ResourceId, Catalog.Entry> kept,
      Map<ResourceId, List<ValidationFailure>> verdicts) {
    TreeMap<String, EventTypeEntry> types = new TreeMap<>();
    flow.eventTypes().forEach(type -> types.put(type.name(), type));
    for (EventType resource : inputs.eventTypes()) {
      ResourceId id = ResourceId.of(resource);
      if (Members.refersTo(resource, parent)
          && kept.get(id) instanceof EventTypeEntry lastGood
          && types.putIfAbsent(lastGood.name(), lastGood) == null) {
        verdicts.put(id, List.of());
      }
    }
    return flow.withEventTypes(List.copyOf(types.values()));
  }

  private List<KeyEntry> mergeKeys(
      List<KeyEntry> keys,
      Map<ResourceId, Catalog.Entry> kept,
      Map<ResourceId, List<ValidationFailure>> verdicts) {
    TreeMap<String, KeyEntry> byId = new TreeMap<>();
    Set<String> resources = new HashSet<>();
    keys.forEach(key -> {
      byId.put(key.keyId(), key);
      resources.add(key.resource());
    });
    for (WebhookKey resource : inputs.webhookKeys()) {
      ResourceId id = ResourceId.of(resource);
      if (kept.get(id) instanceof KeyEntry lastGood
          && !resources.contains(lastGood.resource())
          && byId.putIfAbsent(lastGood.keyId(), lastGood) == null) {
        verdicts.put(id, List.of());
      }
    }
    return List.copyOf(byId.values());
  }
}
