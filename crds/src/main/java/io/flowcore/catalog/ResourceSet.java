package io.flowcore.catalog;

import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.util.List;

/** The input of the compiler: resources of any number of namespaces, in any order. */
public record ResourceSet(
    List<DataCore> dataCores,
    List<FlowType> flowTypes,
    List<EventType> eventTypes,
    List<WebhookKey> webhookKeys,
    List<Secret> secrets) {
  public ResourceSet {
    dataCores = List.copyOf(dataCores);
    flowTypes = List.copyOf(flowTypes);
    eventTypes = List.copyOf(eventTypes);
    webhookKeys = List.copyOf(webhookKeys);
    secrets = List.copyOf(secrets);
  }
}
