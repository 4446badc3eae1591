package io.flowcore.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.flowcore.operator.cluster.ApiServerExtension;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Applies the CRDs to a real API server, which must enforce each rule with its message. */
@Requires(OptionalPart.API_SERVER)
class CrdsOnApiServerIT {
  private static final Map<String, String> KINDS =
      Map.of(
          "datacores", "DataCore",
          "flowtypes", "FlowType",
          "eventtypes", "EventType",
          "webhookkeys", "WebhookKey");

  private static final AtomicInteger COUNT = new AtomicInteger();

  @RegisterExtension
  private static final ApiServerExtension server = ApiServerExtension.installed();

  static List<Arguments> violations() {
    return CelRulesTest.violations();
  }

  static List<Arguments> valid() {
    return CelRulesTest.valid();
  }

  private static GenericKubernetesResource resource(String plural, String name, String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: flowcore.io/v1alpha1
        kind: %s
        metadata: {namespace: default, name: %s}
        spec: {%s}
        """
            .formatted(KINDS.get(plural), name, spec),
        GenericKubernetesResource.class);
  }

  private static void write(String plural, String old, String changed) {
    String name = "row-" + COUNT.incrementAndGet();
    if (old.isEmpty()) {
      server.admin().resource(resource(plural, name, changed)).create();
    } else {
      String version =
          server
              .admin()
              .resource(resource(plural, name, old))
              .create()
              .getMetadata()
              .getResourceVersion();
      GenericKubernetesResource next = resource(plural, name, changed);
      next.getMetadata().setResourceVersion(version);
      server.admin().resource(next).update();
    }
  }

  @ParameterizedTest
  @MethodSource("violations")
  void aViolatedRuleIsRejectedWithItsMessage(
      String plural, String old, String changed, String message) {
    assertThatThrownBy(() -> write(plural, old, changed))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(422))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @MethodSource("valid")
  void validResourcesAreAccepted(String plural, String old, String changed) {
    assertThatCode(() -> write(plural, old, changed)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "datacores | tenant: Acme, name: shop, hotStore: {embedded: {storage: 1Gi}}, archive: {none: {}} | spec.tenant",
        "datacores | tenant: acme, hotStore: {embedded: {storage: 1Gi}}, archive: {none: {}} | spec.name",
        "datacores | tenant: acme, name: shop, archive: {none: {}} | spec.hotStore",
        "datacores | tenant: acme, name: shop, hotStore: {embedded: {storage: much}}, archive: {none: {}} | spec.hotStore.embedded.storage",
        "eventtypes | flowTypeRef: {name: orders}, name: placed, retention: {hot: soon} | spec.retention.hot",
        "webhookkeys | dataCoreRef: {name: shop}, permissions: [], secretName: s | spec.permissions",
        "webhookkeys | dataCoreRef: {name: shop}, permissions: [delete], secretName: s | spec.permissions[0]",
        "webhookkeys | dataCoreRef: {name: shop}, permissions: [ingest], secretName: s, expiresAt: tomorrow-at-five-o-clock | spec.expiresAt",
      })
  void aFieldOutOfItsBoundsIsRejectedByItsName(String plural, String spec, String field) {
    assertThatThrownBy(() -> write(plural, "", spec))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(422))
        .hasMessageContaining(field);
  }
}
