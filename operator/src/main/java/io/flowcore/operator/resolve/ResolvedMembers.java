package io.flowcore.operator.resolve;

import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import io.flowcore.catalog.Compilation;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.resolve.Resolution.Entry;
import io.flowcore.operator.resolve.Resolution.ResolvedEventType;
import io.flowcore.operator.resolve.Resolution.ResolvedFlowType;
import io.flowcore.operator.resolve.Resolution.ResolvedKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the catalog entry of each accepted flow type, event type and key of a data core. */
final class ResolvedMembers {
  private ResolvedMembers() {}

  /**
   * Returns the entries by resource.
   *
   * @param catalog the accepted resources of this data core
   */
  static Map<ResourceId, Entry> of(DataCoreInputs inputs, Compilation compiled, Catalog catalog) {
    Map<ResourceId, Entry> entries = new HashMap<>();
    Map<String, FlowTypeEntry> flows = new HashMap<>();
    catalog.dataCores().getFirst().flowTypes().forEach(flow -> flows.put(flow.name(), flow));
    Map<ResourceId, FlowTypeEntry> flowOf = new HashMap<>();
    for (FlowType resource : inputs.flowTypes()) {
      ResourceId id = ResourceId.of(resource);
      if (compiled.isAccepted(id)) {
        FlowTypeEntry flow = flows.get(resource.getSpec().name());
        flowOf.put(id, flow);
        entries.put(id, new ResolvedFlowType(flow));
      }
    }
    for (EventType resource : inputs.eventTypes()) {
      ResourceId id = ResourceId.of(resource);
      if (compiled.isAccepted(id)) {
        FlowTypeEntry flow =
            flowOf.get(
                new ResourceId(
                    ResourceKind.FLOW_TYPE,
                    id.namespace(),
                    resource.getSpec().flowTypeRef().name()));
        flow.eventTypes().stream()
            .filter(type -> type.name().equals(resource.getSpec().name()))
            .findFirst()
            .ifPresent(type -> entries.put(id, new ResolvedEventType(flow, type)));
      }
    }
    Map<String, KeyEntry> keys = new HashMap<>();
    catalog.keys().forEach(key -> keys.put(key.resource(), key));
    for (WebhookKey resource : inputs.webhookKeys()) {
      ResourceId id = ResourceId.of(resource);
      KeyEntry key = keys.get(Members.qualifiedName(resource));
      if (compiled.isAccepted(id) && key != null) {
        entries.put(id, new ResolvedKey(key, eventTypes(key, flows.values())));
      }
    }
    return entries;
  }

  private static List<String> eventTypes(KeyEntry key, Collection<FlowTypeEntry> flows) {
    List<String> paths = new ArrayList<>();
    for (FlowTypeEntry flow : flows) {
      for (EventTypeEntry type : flow.eventTypes()) {
        boolean inScope =
            key.allow().isEmpty()
                || key.allow().stream().anyMatch(scope -> scope.covers(flow.name(), type.name()));
        if (inScope) {
          paths.add(flow.name() + "/" + type.name());
        }
      }
    }
    Collections.sort(paths);
    return List.copyOf(paths);
  }
}
