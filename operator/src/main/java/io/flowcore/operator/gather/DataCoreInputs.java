package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import java.util.List;
import java.util.Optional;

/**
 * Everything that the reconciliation of one data core depends on, at one instant.
 *
 * @param id the data core, which does not have to exist
 * @param dataCore the resource, if it exists
 * @param sameName other data cores with the same tenant and name, in any namespace
 * @param sameHost other data cores with the same routing host
 * @param secrets those that the data core and its keys reference, with their data
 */
public record DataCoreInputs(
    ResourceId id,
    Optional<DataCore> dataCore,
    List<DataCore> sameName,
    List<DataCore> sameHost,
    List<FlowType> flowTypes,
    List<EventType> eventTypes,
    List<WebhookKey> webhookKeys,
    List<Secret> secrets) {
  public DataCoreInputs {
    sameName = List.copyOf(sameName);
    sameHost = List.copyOf(sameHost);
    flowTypes = List.copyOf(flowTypes);
    eventTypes = List.copyOf(eventTypes);
    webhookKeys = List.copyOf(webhookKeys);
    secrets = List.copyOf(secrets);
  }

  /** Returns a Secret in the data core's namespace, if it exists. */
  public Optional<Secret> secret(String name) {
    ResourceId wanted = new ResourceId(ResourceKind.SECRET, id.namespace(), name);
    return secrets.stream().filter(secret -> ResourceId.of(secret).equals(wanted)).findFirst();
  }

  /** Returns inputs for resources whose references lead to no data core. */
  public static DataCoreInputs withoutDataCore(
      String namespace,
      List<FlowType> flowTypes,
      List<EventType> eventTypes,
      List<WebhookKey> webhookKeys) {
    return new DataCoreInputs(
        new ResourceId(ResourceKind.DATA_CORE, namespace, ""),
        Optional.empty(),
        List.of(),
        List.of(),
        flowTypes,
        eventTypes,
        webhookKeys,
        List.of());
  }
}
