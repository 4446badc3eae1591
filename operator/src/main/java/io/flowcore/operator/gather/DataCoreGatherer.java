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

/** Gathers resources that belong together. It reads from caches, except for the data of Secrets. */
public final class DataCoreGatherer {
  private final IndexerResourceCache<DataCore> dataCores;
  private final IndexerResourceCache<FlowType> flowTypes;
  private final IndexerResourceCache<EventType> eventTypes;
  private final IndexerResourceCache<WebhookKey> webhookKeys;
  private final SecretWatch secrets;

  /** Creates a gatherer and adds its indexes to the caches, which must not be started yet. */
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

  /** Gathers everything that belongs to a data core, which does not have to exist. */
  public DataCoreInputs gather(String namespace, String name) {
    String key = Index.key(namespace, name);
    Optional<DataCore> dataCore = dataCores.get(new ResourceID(name, namespace));
    List<FlowType> flowTypesOfCore = flowTypes.byIndex(Index.DATA_CORE, key);
    List<EventType> types = new ArrayList<>();
    for (FlowType flow : flowTypesOfCore) {
      types.addAll(
          eventTypes.byIndex(Index.FLOW_TYPE, Index.key(flow, flow.getMetadata().getName())));
    }
    List<WebhookKey> keys = webhookKeys.byIndex(Index.DATA_CORE, key);
    return new DataCoreInputs(
        new ResourceId(ResourceKind.DATA_CORE, namespace, name),
        dataCore,
        dataCore.map(this::sameName).orElse(List.of()),
        dataCore.map(this::sameHost).orElse(List.of()),
        flowTypesOfCore,
        types,
        keys,
        secrets(namespace, dataCore, keys));
  }

  /** Returns the name of the data core that an event type belongs to through its flow type. */
  public Optional<String> dataCoreOf(EventType type) {
    return Index.flowType(type)
        .flatMap(flow -> flowTypes.get(new ResourceID(flow, type.getMetadata().getNamespace())))
        .flatMap(Index::dataCore);
  }

  /** Returns the flow type of an event type, if it exists. */
  public Optional<FlowType> flowTypeOf(EventType type) {
    return Index.flowType(type)
        .flatMap(flow -> flowTypes.get(new ResourceID(flow, type.getMetadata().getNamespace())));
  }

  /** Returns the event types of a flow type. */
  public List<EventType> eventTypesOf(FlowType flow) {
    return eventTypes.byIndex(Index.FLOW_TYPE, Index.key(flow, flow.getMetadata().getName()));
  }

  /** Returns a Secret with its data, if it exists. */
  public Optional<Secret> secret(String namespace, String name) {
    return secrets.find(namespace, name);
  }

  /** Returns a data core, if it exists. */
  public Optional<DataCore> dataCore(String namespace, String name) {
    return dataCores.get(new ResourceID(name, namespace));
  }

  /** Returns the data cores that reference a Secret, directly or through a webhook key. */
  public List<ResourceID> dataCoresReferencing(Secret secret) {
    String key = Index.key(secret, secret.getMetadata().getName());
    List<ResourceID> ids = new ArrayList<>();
    dataCores.byIndex(Index.SECRET, key).forEach(core -> ids.add(ResourceID.fromResource(core)));
    for (WebhookKey webhookKey : webhookKeys.byIndex(Index.SECRET, key)) {
      Index.dataCore(webhookKey)
          .ifPresent(name -> ids.add(new ResourceID(name, secret.getMetadata().getNamespace())));
    }
    return ids;
  }

  /** Returns the webhook keys that reference a Secret. */
  public List<ResourceID> webhookKeysReferencing(Secret secret) {
    return webhookKeys
        .byIndex(Index.SECRET, Index.key(secret, secret.getMetadata().getName()))
        .stream()
        .map(ResourceID::fromResource)
        .toList();
  }

  /** Returns the other data cores with the same tenant and name, or with the same host. */
  public List<DataCore> competing(DataCore core) {
    List<DataCore> competing = new ArrayList<>(sameName(core));
    competing.addAll(sameHost(core));
    return competing;
  }

  private List<DataCore> sameName(DataCore core) {
    return without(dataCores.byIndex(Index.TENANT_AND_NAME, Index.tenantAndName(core)), core);
  }

  private List<DataCore> sameHost(DataCore core) {
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
