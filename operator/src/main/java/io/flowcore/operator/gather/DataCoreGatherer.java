package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Looks up who belongs together. Reads caches only, but for the content of Secrets. */
public final class DataCoreGatherer {
  private final IndexerResourceCache<DataCore> dataCores;
  private final IndexerResourceCache<FlowType> flowTypes;
  private final IndexerResourceCache<EventType> eventTypes;
  private final IndexerResourceCache<WebhookKey> webhookKeys;
  private final SecretWatch secrets;

  /** Takes caches that are not started yet, and gives them their indexes. */
  public DataCoreGatherer(
      IndexerResourceCache<DataCore> dataCores,
      IndexerResourceCache<FlowType> flowTypes,
      IndexerResourceCache<EventType> eventTypes,
      IndexerResourceCache<WebhookKey> webhookKeys,
      SecretWatch secrets) {
    this.dataCores = dataCores;
    this.flowTypes = flowTypes;
    this.eventTypes = eventTypes;
    this.webhookKeys = webhookKeys;
    this.secrets = secrets;
    dataCores.addIndexers(Index.ofDataCores());
    flowTypes.addIndexers(Index.ofFlowTypes());
    eventTypes.addIndexers(Index.ofEventTypes());
    webhookKeys.addIndexers(Index.ofWebhookKeys());
  }

  /** Everything around a data core, whether it exists or not. */
  public DataCoreInputs of(String namespace, String name) {
    String key = Index.key(namespace, name);
    Optional<DataCore> dataCore = dataCores.get(new ResourceID(name, namespace));
    List<FlowType> flows = flowTypes.byIndex(Index.DATA_CORE, key);
    List<EventType> types = new ArrayList<>();
    for (FlowType flow : flows) {
      types.addAll(
          eventTypes.byIndex(Index.FLOW_TYPE, Index.key(flow, flow.getMetadata().getName())));
    }
    List<WebhookKey> keys = webhookKeys.byIndex(Index.DATA_CORE, key);
    return new DataCoreInputs(
        new ResourceId(ResourceKind.DATA_CORE, namespace, name),
        dataCore,
        dataCore.map(this::rivals).orElse(List.of()),
        dataCore.map(this::neighbours).orElse(List.of()),
        flows,
        types,
        keys,
        secrets(namespace, dataCore, keys));
  }

  /** The data core that an event type belongs to, through its flow type. */
  public Optional<String> dataCoreOf(EventType type) {
    return Index.flowType(type)
        .flatMap(flow -> flowTypes.get(new ResourceID(flow, type.getMetadata().getNamespace())))
        .flatMap(Index::dataCore);
  }

  /** The flow type of an event type. */
  public Optional<FlowType> flowTypeOf(EventType type) {
    return Index.flowType(type)
        .flatMap(flow -> flowTypes.get(new ResourceID(flow, type.getMetadata().getNamespace())));
  }

  /** The event types of a flow type. */
  public List<EventType> eventTypesOf(FlowType flow) {
    return eventTypes.byIndex(Index.FLOW_TYPE, Index.key(flow, flow.getMetadata().getName()));
  }

  /** A Secret with its content. */
  public Optional<Secret> secret(String namespace, String name) {
    return secrets.find(namespace, name);
  }

  /** A data core. */
  public Optional<DataCore> dataCore(String namespace, String name) {
    return dataCores.get(new ResourceID(name, namespace));
  }

  /** Data cores that a Secret matters to. */
  public List<ResourceID> dataCoresNaming(Secret secret) {
    String key = Index.key(secret, secret.getMetadata().getName());
    List<ResourceID> ids = new ArrayList<>();
    dataCores.byIndex(Index.SECRET, key).forEach(core -> ids.add(ResourceID.fromResource(core)));
    for (WebhookKey webhookKey : webhookKeys.byIndex(Index.SECRET, key)) {
      Index.dataCore(webhookKey)
          .ifPresent(name -> ids.add(new ResourceID(name, secret.getMetadata().getNamespace())));
    }
    return ids;
  }

  /** Webhook keys that a Secret matters to. */
  public List<ResourceID> webhookKeysNaming(Secret secret) {
    return webhookKeys
        .byIndex(Index.SECRET, Index.key(secret, secret.getMetadata().getName()))
        .stream()
        .map(ResourceID::fromResource)
        .toList();
  }

  /** Other data cores that want the same tenant and name, or the same host. */
  public List<DataCore> others(DataCore core) {
    List<DataCore> others = new ArrayList<>(rivals(core));
    others.addAll(neighbours(core));
    return others;
  }

  private List<DataCore> rivals(DataCore core) {
    return without(dataCores.byIndex(Index.TENANT_AND_NAME, Index.tenantAndName(core)), core);
  }

  private List<DataCore> neighbours(DataCore core) {
    return Index.host(core)
        .map(host -> without(dataCores.byIndex(Index.HOST, host), core))
        .orElse(List.of());
  }

  private static List<DataCore> without(List<DataCore> all, DataCore one) {
    return all.stream().filter(other -> !ResourceId.of(other).equals(ResourceId.of(one))).toList();
  }

  private List<Secret> secrets(
      String namespace, Optional<DataCore> dataCore, List<WebhookKey> keys) {
    TreeSet<String> names = new TreeSet<>();
    dataCore.stream().flatMap(Index::secrets).forEach(names::add);
    keys.forEach(key -> Index.secret(key).ifPresent(names::add));
    return names.stream().flatMap(name -> secrets.find(namespace, name).stream()).toList();
  }
}
