package io.flowcore.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;

/** Builds resources as users write them. */
public final class Manifests {
  private Manifests() {}

  private static <T extends HasMetadata> T read(
      Class<T> kind, String namespace, String name, String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: flowcore.io/v1alpha1
        kind: %s
        metadata:
          namespace: %s
          name: %s
        spec:
        %s
        """
            .formatted(kind.getSimpleName(), namespace, name, spec.indent(2).stripTrailing()),
        kind);
  }

  /** Returns an embedded data core that archives into its volume. */
  public static DataCore dataCore(String namespace, String name, String tenant, String core) {
    return dataCore(
        namespace,
        name,
        """
        tenant: %s
        name: %s
        hotStore: {embedded: {storage: 1Gi}}
        archive: {directory: {}}
        """
            .formatted(tenant, core));
  }

  /** Returns a data core with the given spec. */
  public static DataCore dataCore(String namespace, String name, String spec) {
    return read(DataCore.class, namespace, name, spec);
  }

  /** Returns a flow type. */
  public static FlowType flowType(String namespace, String name, String dataCore) {
    return read(
        FlowType.class,
        namespace,
        name,
        "dataCoreRef: {name: %s}\nname: %s\n".formatted(dataCore, name));
  }

  /** Returns an event type. */
  public static EventType eventType(String namespace, String name, String flowType) {
    return read(
        EventType.class,
        namespace,
        name,
        "flowTypeRef: {name: %s}\nname: %s\n".formatted(flowType, name));
  }

  /** Returns a webhook key with further lines of its spec. */
  public static WebhookKey webhookKey(String namespace, String name, String dataCore, String more) {
    return read(
        WebhookKey.class,
        namespace,
        name,
        "dataCoreRef: {name: %s}\npermissions: [ingest, fetch]\n%s\n".formatted(dataCore, more));
  }
}
