package io.flowcore.catalog;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kinds of Kubernetes resources that Flowcore reads or writes. */
public enum ResourceKind {
  DATA_CORE("DataCore"),
  FLOW_TYPE("FlowType"),
  EVENT_TYPE("EventType"),
  WEBHOOK_KEY("WebhookKey"),
  SECRET("Secret"),
  CONFIG_MAP("ConfigMap"),
  DEPLOYMENT("Deployment"),
  HORIZONTAL_POD_AUTOSCALER("HorizontalPodAutoscaler"),
  HTTP_ROUTE("HTTPRoute"),
  INGRESS("Ingress"),
  NETWORK_POLICY("NetworkPolicy"),
  PERSISTENT_VOLUME_CLAIM("PersistentVolumeClaim"),
  POD("Pod"),
  POD_DISRUPTION_BUDGET("PodDisruptionBudget"),
  SERVICE("Service"),
  SERVICE_ACCOUNT("ServiceAccount"),
  STATEFUL_SET("StatefulSet");

  private static final Map<String, ResourceKind> BY_NAME =
      Stream.of(values())
          .collect(Collectors.toMap(ResourceKind::kubernetesName, Function.identity()));

  private final String kubernetesName;

  ResourceKind(String kubernetesName) {
    this.kubernetesName = kubernetesName;
  }

  /** Returns the value of the {@code kind} field, for example {@code DataCore}. */
  public String kubernetesName() {
    return kubernetesName;
  }

  /** Finds a kind by the value of the {@code kind} field. */
  public static Optional<ResourceKind> find(String kubernetesName) {
    return Optional.ofNullable(BY_NAME.get(kubernetesName));
  }

  /** Returns the value of the {@code kind} field, for messages. */
  @Override
  public String toString() {
    return kubernetesName;
  }
}
