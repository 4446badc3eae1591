package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.Archive;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.CatalogCompiler;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.LastKnownGood;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceSet;
import io.flowcore.operator.gather.DataCoreInputs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The catalog that was written last, as the last known good versions of the resources of a data
 * core. The catalog does not contain the names of resources, so flow types and event types are
 * found by the names in their specs, which are immutable. Pure.
 */
final class PreviousCatalog {
  private final DataCoreInputs inputs;
  private final DataCoreEntry core;
  private final Map<String, FlowTypeEntry> flowTypes = new HashMap<>();
  private final Map<String, KeyEntry> keys = new HashMap<>();

  /**
   * Indexes a catalog.
   *
   * @param catalog a catalog of this data core alone
   */
  PreviousCatalog(DataCoreInputs inputs, Catalog catalog) {
    this.inputs = inputs;
    core = catalog.dataCores().getFirst();
    core.flowTypes().forEach(flow -> flowTypes.put(flow.name(), flow));
    catalog.keys().forEach(key -> keys.put(key.resource(), key));
  }

  /**
   * Returns the last known good version of each resource that still exists, without its children.
   */
  Map<ResourceId, Catalog.Entry> lastGood() {
    Map<ResourceId, Catalog.Entry> lastGood = new HashMap<>();
    lastGood.put(inputs.id(), core.withFlowTypes(List.of()));
    for (FlowType resource : inputs.flowTypes()) {
      flowType(resource)
          .ifPresent(last -> lastGood.put(ResourceId.of(resource), last.withEventTypes(List.of())));
    }
    for (EventType resource : inputs.eventTypes()) {
      eventType(resource).ifPresent(last -> lastGood.put(ResourceId.of(resource), last));
    }
    for (WebhookKey resource : inputs.webhookKeys()) {
      key(resource)
          .ifPresent(last ->
              lastGood.put(ResourceId.of(resource), LastKnownGood.restrict(last, resource)));
    }
    return lastGood;
  }

  private Optional<FlowTypeEntry> flowType(FlowType resource) {
    return Members.name(resource).map(flowTypes::get);
  }

  private Optional<EventTypeEntry> eventType(EventType resource) {
    return Members.flowTypeName(resource, inputs)
        .map(flowTypes::get)
        .flatMap(flow ->
            flow.eventTypes().stream()
                .filter(type -> Members.name(resource).equals(Optional.of(type.name())))
                .findFirst());
  }

  /** Returns the last known good version of a key. */
  Optional<KeyEntry> key(WebhookKey resource) {
    return Optional.ofNullable(keys.get(Members.qualifiedName(resource)));
  }

  /**
   * Compiles all keys as if the data core were accepted. So keys are revoked and rotated while the
   * data core is rejected.
   */
  Compilation compileKeys() {
    ResourceSet resources =
        new ResourceSet(
            List.of(validDataCore()), List.of(), List.of(), inputs.webhookKeys(), inputs.secrets());
    return CatalogCompiler.compile(resources, Map.of(), SecretOwnership.conflicts(inputs));
  }

  /** Returns the smallest valid data core with the same names. */
  private DataCore validDataCore() {
    DataCore valid = new DataCore();
    valid.setMetadata(inputs.dataCore().orElseThrow().getMetadata());
    valid.setSpec(
        new DataCoreSpec(
            core.tenant(),
            core.name(),
            null,
            null,
            new HotStore(new HotStore.Embedded("1Gi", null), null),
            new Archive(null, null, new Archive.None()),
            null,
            null,
            null,
            null));
    return valid;
  }
}
