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
 * Everything that one data core's reconciliation looks at, at one instant.
 *
 * @param id the data core, which need not exist
 * @param dataCore what was asked for, if it is there
 * @param rivals other data cores of the same tenant and name, in any namespace
 * @param neighbours other data cores on the same host
 * @param secrets those that keys and the archive name, with their content
 */
public record DataCoreInputs(
    ResourceId id,
    Optional<DataCore> dataCore,
    List<DataCore> rivals,
    List<DataCore> neighbours,
    List<FlowType> flowTypes,
    List<EventType> eventTypes,
    List<WebhookKey> webhookKeys,
    List<Secret> secrets) {
  public DataCoreInputs {
    rivals = List.copyOf(rivals);
    neighbours = List.copyOf(neighbours);
    flowTypes = List.copyOf(flowTypes);
    eventTypes = List.copyOf(eventTypes);
    webhookKeys = List.copyOf(webhookKeys);
    secrets = List.copyOf(secrets);
  }

  /** A Secret of the family's namespace, if it is there. */
  public Optional<Secret> secret(String name) {
    ResourceId wanted = new ResourceId(ResourceKind.SECRET, id.namespace(), name);
    return secrets.stream().filter(secret -> ResourceId.of(secret).equals(wanted)).findFirst();
  }

  /** Resources that lead to no data core. */
  public static DataCoreInputs orphans(
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
