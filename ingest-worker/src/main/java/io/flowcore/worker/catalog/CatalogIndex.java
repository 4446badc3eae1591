package io.flowcore.worker.catalog;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.EventTypeEntry;
import io.flowcore.catalog.Catalog.FlowTypeEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A catalog with an index for each lookup of the request path. Immutable. */
public final class CatalogIndex {
  private final Catalog catalog;
  private final Map<String, KeyEntry> keys = new HashMap<>();
  private final Map<String, Map<String, DataCoreEntry>> dataCores = new HashMap<>();
  private final Map<UUID, Map<String, Map<String, ResolvedEventType>>> eventTypesByName =
      new HashMap<>();
  private final Map<UUID, ResolvedEventType> eventTypes = new HashMap<>();
  private final Map<UUID, DataCoreEntry> dataCoresById = new HashMap<>();
  private final Map<UUID, ResolvedFlowType> flowTypes = new HashMap<>();

  /** A flow type and its data core. */
  public record ResolvedFlowType(DataCoreEntry dataCore, FlowTypeEntry flowType) {}

  /** Creates the indexes of a catalog. */
  public CatalogIndex(Catalog catalog) {
    this.catalog = catalog;
    catalog.keys().forEach(key -> keys.put(key.keyId(), key));
    catalog.dataCores().forEach(this::add);
  }

  private void add(DataCoreEntry core) {
    Map<String, DataCoreEntry> byNameOrId =
        dataCores.computeIfAbsent(core.tenant(), tenant -> new HashMap<>());
    byNameOrId.put(core.name(), core);
    byNameOrId.put(core.id().toString(), core);
    dataCoresById.put(core.id(), core);
    Map<String, Map<String, ResolvedEventType>> byFlowType = new HashMap<>();
    eventTypesByName.put(core.id(), byFlowType);
    for (FlowTypeEntry flow : core.flowTypes()) {
      flowTypes.put(flow.id(), new ResolvedFlowType(core, flow));
      Map<String, ResolvedEventType> byEventType = new HashMap<>();
      byFlowType.put(flow.name(), byEventType);
      for (EventTypeEntry type : flow.eventTypes()) {
        ResolvedEventType resolved = ResolvedEventType.of(core, flow, type);
        byEventType.put(type.name(), resolved);
        eventTypes.put(type.id(), resolved);
      }
    }
  }

  /** Returns the catalog. */
  public Catalog catalog() {
    return catalog;
  }

  /** Finds a key by its id. */
  public Optional<KeyEntry> key(String keyId) {
    return Optional.ofNullable(keys.get(keyId));
  }

  /** Finds a data core by the name of its tenant and its own name or id. */
  public Optional<DataCoreEntry> dataCore(String tenant, String nameOrId) {
    return Optional.ofNullable(dataCores.getOrDefault(tenant, Map.of()).get(nameOrId));
  }

  /** Finds a data core by its id. */
  public Optional<DataCoreEntry> dataCore(UUID id) {
    return Optional.ofNullable(dataCoresById.get(id));
  }

  /** Finds a flow type by its id. */
  public Optional<ResolvedFlowType> flowType(UUID id) {
    return Optional.ofNullable(flowTypes.get(id));
  }

  /** Finds an event type by the id of its data core and its names. */
  public Optional<ResolvedEventType> eventType(UUID dataCore, String flowType, String eventType) {
    return Optional.ofNullable(
        eventTypesByName
            .getOrDefault(dataCore, Map.of())
            .getOrDefault(flowType, Map.of())
            .get(eventType));
  }

  /** Finds an event type by its id. */
  public Optional<ResolvedEventType> eventType(UUID id) {
    return Optional.ofNullable(eventTypes.get(id));
  }
}
