package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Cache indexes for the references between resources. References stay within one namespace. */
public final class Index {
  /** Flow types and webhook keys by their data core. */
  public static final String DATA_CORE = "dataCore";

  /** Event types by their flow type. */
  public static final String FLOW_TYPE = "flowType";

  /** Webhook keys and data cores by the Secrets that they reference. */
  public static final String SECRET = "secret";

  /** Data cores by tenant and name. */
  public static final String TENANT_AND_NAME = "tenantAndName";

  /** Data cores by the host of their routing. */
  public static final String HOST = "host";

  private Index() {}

  /** Returns the indexes of data cores. */
  public static Map<String, Function<DataCore, List<String>>> ofDataCores() {
    return Map.of(
        TENANT_AND_NAME, core -> List.of(tenantAndName(core)),
        HOST, core -> host(core).stream().toList(),
        SECRET, core -> secrets(core).map(name -> key(core, name)).toList());
  }

  /** Returns the indexes of flow types. */
  public static Map<String, Function<FlowType, List<String>>> ofFlowTypes() {
    return Map.of(DATA_CORE, flow -> dataCore(flow).map(name -> key(flow, name)).stream().toList());
  }

  /** Returns the indexes of event types. */
  public static Map<String, Function<EventType, List<String>>> ofEventTypes() {
    return Map.of(FLOW_TYPE, type -> flowType(type).map(name -> key(type, name)).stream().toList());
  }

  /** Returns the indexes of webhook keys. */
  public static Map<String, Function<WebhookKey, List<String>>> ofWebhookKeys() {
    return Map.of(
        DATA_CORE, key -> dataCore(key).map(name -> key(key, name)).stream().toList(),
        SECRET, key -> secret(key).map(name -> key(key, name)).stream().toList());
  }

  /** Returns the index key of a name in the namespace of a resource. */
  public static String key(HasMetadata from, String name) {
    return key(ResourceId.of(from).namespace(), name);
  }

  /** Returns the index key of a namespace and a name. */
  public static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  /** Returns the index key of a data core's tenant and name. */
  static String tenantAndName(DataCore core) {
    return core.getSpec() == null ? "" : core.getSpec().tenant() + "/" + core.getSpec().name();
  }

  /** Returns the host of a data core's routing. */
  public static Optional<String> host(DataCore core) {
    return Optional.ofNullable(core.getSpec()).map(spec -> spec.routing()).map(r -> r.host());
  }

  /** Returns the names of all Secrets that a data core references. */
  static Stream<String> secrets(DataCore core) {
    return SecretReference.ALL.stream().flatMap(reference -> reference.secretOf(core).stream());
  }

  /** Returns the name of a flow type's data core. */
  public static Optional<String> dataCore(FlowType flow) {
    return Optional.ofNullable(flow.getSpec()).map(s -> s.dataCoreRef()).map(ref -> ref.name());
  }

  /** Returns the name of a webhook key's data core. */
  public static Optional<String> dataCore(WebhookKey key) {
    return Optional.ofNullable(key.getSpec()).map(s -> s.dataCoreRef()).map(ref -> ref.name());
  }

  /** Returns the name of an event type's flow type. */
  public static Optional<String> flowType(EventType type) {
    return Optional.ofNullable(type.getSpec()).map(s -> s.flowTypeRef()).map(ref -> ref.name());
  }

  /** Returns the name of a webhook key's Secret. */
  public static Optional<String> secret(WebhookKey key) {
    if (key.getSpec() == null) {
      return Optional.empty();
    }
    return key.getSpec().secretName() != null
        ? Optional.of(key.getSpec().secretName())
        : Optional.ofNullable(key.getSpec().existingSecretRef()).map(ref -> ref.name());
  }
}
