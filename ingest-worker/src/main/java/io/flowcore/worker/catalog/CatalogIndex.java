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

/** A catalog with an index for every question that a request asks. Immutable once built. */
public final class CatalogIndex {
  private final Catalog catalog;
  private final Map<String, KeyEntry> keys = new HashMap<>();
  private final Map<String, Map<String, DataCoreEntry>> dataCores = new HashMap<>();
  private final Map<UUID, Map<String, Map<String, ResolvedEventType>>> routes = new HashMap<>();
  private final Map<UUID, ResolvedEventType> eventTypes = new HashMap<>();
  private final Map<UUID, DataCoreEntry> dataCoresById = new HashMap<>();
  private final Map<UUID, FlowTypeOf> flowTypes = new HashMap<>();

  /** A flow type and the data core above it. */
  public record FlowTypeOf(DataCoreEntry dataCore, FlowTypeEntry flowType) {}

  /** Builds the indexes of a catalog. */
  public CatalogIndex(Catalog catalog) {
    this.catalog = catalog;
    catalog.keys().forEach(key -> keys.put(key.keyId(), key));
    catalog.dataCores().forEach(this::add);
  }

  private void add(DataCoreEntry core) {
    Map<String, DataCoreEntry> ofTenant =
        dataCores.computeIfAbsent(core.tenant(), tenant -> new HashMap<>());
    ofTenant.put(core.name(), core);
    ofTenant.put(core.id().toString(), core);
    dataCoresById.put(core.id(), core);
    Map<String, Map<String, ResolvedEventType>> ofCore = new HashMap<>();
    routes.put(core.id(), ofCore);
    for (FlowTypeEntry flow : core.flowTypes()) {
      flowTypes.put(flow.id(), new FlowTypeOf(core, flow));
      Map<String, ResolvedEventType> ofFlow = new HashMap<>();
      ofCore.put(flow.name(), ofFlow);
      for (EventTypeEntry type : flow.eventTypes()) {
        ResolvedEventType route = ResolvedEventType.of(core, flow, type);
        ofFlow.put(type.name(), route);
        eventTypes.put(type.id(), route);
      }
    }
  }

  /** The catalog as it was compiled. */
  public Catalog catalog() {
    return catalog;
  }

  /** The key with an id. */
  public Optional<KeyEntry> key(String keyId) {
    return Optional.ofNullable(keys.get(keyId));
  }

  /** A data core by its tenant's name and its own name or id. */
  public Optional<DataCoreEntry> dataCore(String tenant, String nameOrId) {
    return Optional.ofNullable(dataCores.getOrDefault(tenant, Map.of()).get(nameOrId));
  }

  /** A data core by id. */
  public Optional<DataCoreEntry> dataCore(UUID id) {
    return Optional.ofNullable(dataCoresById.get(id));
  }

  /** A flow type by id. */
  public Optional<FlowTypeOf> flowType(UUID id) {
    return Optional.ofNullable(flowTypes.get(id));
  }

  /** An event type by its names. */
  public Optional<ResolvedEventType> eventType(UUID dataCore, String flowType, String eventType) {
    return Optional.ofNullable(
        routes.getOrDefault(dataCore, Map.of()).getOrDefault(flowType, Map.of()).get(eventType));
  }

  /** An event type by id. */
  public Optional<ResolvedEventType> eventType(UUID id) {
    return Optional.ofNullable(eventTypes.get(id));
  }
}
