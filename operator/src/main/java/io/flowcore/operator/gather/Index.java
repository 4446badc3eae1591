package io.flowcore.operator.gather;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.HotStore;
import io.flowcore.api.v1alpha1.SecretRef;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** The references between resources, as indexes of caches. All stay within one namespace. */
public final class Index {
  /** Flow types and webhook keys by their data core. */
  public static final String DATA_CORE = "dataCore";

  /** Event types by their flow type. */
  public static final String FLOW_TYPE = "flowType";

  /** Webhook keys and data cores by the Secrets that they name. */
  public static final String SECRET = "secret";

  /** Data cores by tenant and name. */
  public static final String TENANT_AND_NAME = "tenantAndName";

  /** Data cores by the host of their routing. */
  public static final String HOST = "host";

  private Index() {}

  /** Indexes of data cores. */
  public static Map<String, Function<DataCore, List<String>>> ofDataCores() {
    return Map.of(
        TENANT_AND_NAME, core -> List.of(tenantAndName(core)),
        HOST, core -> host(core).stream().toList(),
        SECRET, core -> secrets(core).map(name -> key(core, name)).toList());
  }

  /** Indexes of flow types. */
  public static Map<String, Function<FlowType, List<String>>> ofFlowTypes() {
    return Map.of(DATA_CORE, flow -> dataCore(flow).map(name -> key(flow, name)).stream().toList());
  }

  /** Indexes of event types. */
  public static Map<String, Function<EventType, List<String>>> ofEventTypes() {
    return Map.of(FLOW_TYPE, type -> flowType(type).map(name -> key(type, name)).stream().toList());
  }

  /** Indexes of webhook keys. */
  public static Map<String, Function<WebhookKey, List<String>>> ofWebhookKeys() {
    return Map.of(
        DATA_CORE, key -> dataCore(key).map(name -> key(key, name)).stream().toList(),
        SECRET, key -> secret(key).map(name -> key(key, name)).stream().toList());
  }

  /** How the indexes write the name of a resource in the namespace of another. */
  public static String key(HasMetadata from, String name) {
    return key(ResourceId.of(from).namespace(), name);
  }

  /** How the indexes write namespace and name. */
  public static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  static String tenantAndName(DataCore core) {
    return core.getSpec() == null ? "" : core.getSpec().tenant() + "/" + core.getSpec().name();
  }

  /** The host under which a data core wants to be reached. */
  public static Optional<String> host(DataCore core) {
    return Optional.ofNullable(core.getSpec()).map(spec -> spec.routing()).map(r -> r.host());
  }

  /** The Secret with the credentials of a data core's archive. */
  public static Optional<String> archiveSecret(DataCore core) {
    return Optional.ofNullable(core.getSpec())
        .map(spec -> spec.archive())
        .map(archive -> archive.s3())
        .map(s3 -> s3.credentialsSecretRef())
        .map(ref -> ref.name());
  }

  /** The Secret with the credentials of a data core's Cassandra. */
  public static Optional<String> cassandraSecret(DataCore core) {
    return Optional.ofNullable(core.getSpec())
        .map(spec -> spec.hotStore())
        .map(hot -> hot.cassandra())
        .map(cassandra -> cassandra.credentialsSecretRef())
        .map(ref -> ref.name());
  }

  /** The Secret with the certificate that those of a data core's Cassandra come from. */
  public static Optional<String> cassandraAuthority(DataCore core) {
    return cassandraTls(core).map(HotStore.Tls::caSecretRef).map(SecretRef::name);
  }

  /** The Secret with the certificate of a data core's workers for their Cassandra. */
  public static Optional<String> cassandraCertificate(DataCore core) {
    return cassandraTls(core).map(HotStore.Tls::clientCertificateSecretRef).map(SecretRef::name);
  }

  private static Optional<HotStore.Tls> cassandraTls(DataCore core) {
    return Optional.ofNullable(core.getSpec())
        .map(spec -> spec.hotStore())
        .map(HotStore::cassandra)
        .map(HotStore.Cassandra::tls);
  }

  /** The Secrets without which a data core can't run. */
  static Stream<String> secrets(DataCore core) {
    return Stream.of(
            archiveSecret(core),
            cassandraSecret(core),
            cassandraAuthority(core),
            cassandraCertificate(core))
        .flatMap(Optional::stream);
  }

  /** The data core of a flow type. */
  public static Optional<String> dataCore(FlowType flow) {
    return Optional.ofNullable(flow.getSpec()).map(s -> s.dataCoreRef()).map(ref -> ref.name());
  }

  /** The data core of a webhook key. */
  public static Optional<String> dataCore(WebhookKey key) {
    return Optional.ofNullable(key.getSpec()).map(s -> s.dataCoreRef()).map(ref -> ref.name());
  }

  /** The flow type of an event type. */
  public static Optional<String> flowType(EventType type) {
    return Optional.ofNullable(type.getSpec()).map(s -> s.flowTypeRef()).map(ref -> ref.name());
  }

  /** The Secret of a webhook key. */
  public static Optional<String> secret(WebhookKey key) {
    if (key.getSpec() == null) {
      return Optional.empty();
    }
    return key.getSpec().secretName() != null
        ? Optional.of(key.getSpec().secretName())
        : Optional.ofNullable(key.getSpec().existingSecretRef()).map(ref -> ref.name());
  }
}
