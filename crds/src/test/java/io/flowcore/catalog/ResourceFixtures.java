package io.flowcore.catalog;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Resources for tests, parsed from YAML as users write it. */
final class ResourceFixtures {
  static final String KEY = "fc_abc_0123456789abcdef0123456789abcdef";
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private ResourceFixtures() {}

  static DataCore dataCore(String name) {
    return dataCore(name, "acme", name, "");
  }

  static DataCore dataCore(String resource, String tenant, String name, String more) {
    return read(
        """
        kind: DataCore
        metadata: {name: %s}
        spec:
          tenant: %s
          name: %s
          hotStore: {embedded: {storage: 1Gi}}
          archive: {directory: {}}
        %s\
        """
            .formatted(resource, tenant, name, more.indent(2)),
        DataCore.class);
  }

  static FlowType flowType(String resource, String core, String name) {
    return read(
        "{kind: FlowType, metadata: {name: %s}, spec: {dataCoreRef: {name: %s}, name: %s}}"
            .formatted(resource, core, name),
        FlowType.class);
  }

  static EventType eventType(String resource, String flow, String name) {
    return eventType(resource, flow, name, "");
  }

  static EventType eventType(String resource, String flow, String name, String more) {
    return read(
        "{kind: EventType, metadata: {name: %s}, spec: {flowTypeRef: {name: %s}, name: %s%s}}"
            .formatted(resource, flow, name, more),
        EventType.class);
  }

  static WebhookKey key(String resource, String core, String secret) {
    return key(resource, core, secret, "");
  }

  static WebhookKey key(String resource, String core, String secret, String more) {
    return read(
        "{kind: WebhookKey, metadata: {name: %s}, spec: {dataCoreRef: {name: %s}, permissions: [ingest, fetch], existingSecretRef: {name: %s}%s}}"
            .formatted(resource, core, secret, more),
        WebhookKey.class);
  }

  static Secret secret(String name, String key) {
    return read(
        "{kind: Secret, metadata: {name: %s}, stringData: {key: '%s'}}".formatted(name, key),
        Secret.class);
  }

  static <T> T read(String yaml, Class<T> type) {
    try {
      return YAML.readValue(yaml, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ResourceSet set(HasMetadata... resources) {
    return set(List.of(resources));
  }

  static ResourceSet set(List<? extends HasMetadata> resources) {
    return new ResourceSet(
        only(resources, DataCore.class),
        only(resources, FlowType.class),
        only(resources, EventType.class),
        only(resources, WebhookKey.class),
        only(resources, Secret.class));
  }

  private static <T> List<T> only(List<? extends HasMetadata> resources, Class<T> kind) {
    List<T> found = new ArrayList<>();
    resources.stream().filter(kind::isInstance).map(kind::cast).forEach(found::add);
    return found;
  }
}
