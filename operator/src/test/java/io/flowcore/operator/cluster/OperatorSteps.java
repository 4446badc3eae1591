package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.CatalogFormatException;
import io.flowcore.catalog.SecretData;
import io.flowcore.testing.TestClock;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Steps of tests that run on a real API server and on a mock. */
interface OperatorSteps {
  /** Returns a client with all permissions. */
  KubernetesClient admin();

  /** Returns the namespace of the test, which the operator watches. */
  String namespace();

  /** Returns the operator's clock. */
  TestClock clock();

  /** Returns the stubs of the workers. */
  StubWorkers workers();

  /** Creates the data core {@code shop} with a flow type, an event type and a webhook key. */
  default void applyShop() {
    admin().resource(Manifests.dataCore(namespace(), "shop", "acme", namespace())).create();
    admin().resource(Manifests.flowType(namespace(), "orders", "shop")).create();
    admin().resource(Manifests.eventType(namespace(), "placed", "orders")).create();
    admin()
        .resource(Manifests.webhookKey(namespace(), "sender", "shop", "secretName: sender-key"))
        .create();
  }

  /** Waits for the StatefulSet of {@code shop}. */
  default StatefulSet awaitWorkload() {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                admin()
                    .apps()
                    .statefulSets()
                    .inNamespace(namespace())
                    .withName("shop-ingest")
                    .get(),
            set -> set != null);
  }

  default DataCore dataCore() {
    return admin().resources(DataCore.class).inNamespace(namespace()).withName("shop").get();
  }

  /** Returns status and reason of a condition, such as {@code False/Pending}. */
  default String status(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.getType().equals(type))
        .map(condition -> condition.getStatus() + "/" + condition.getReason())
        .findFirst()
        .orElse("absent");
  }

  /** Makes workers report the current catalog and waits until {@code shop} is ready. */
  default void awaitAllReady() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          DataCore core = dataCore();
          workers().report(core.getStatus().catalogRevision());
          assertThat(status(core.getStatus().conditions(), "Ready")).isEqualTo("True/Ready");
          EventType type =
              admin().resources(EventType.class).inNamespace(namespace()).withName("placed").get();
          assertThat(status(type.getStatus().conditions(), "Ready")).isEqualTo("True/Ready");
          WebhookKey key =
              admin().resources(WebhookKey.class).inNamespace(namespace()).withName("sender").get();
          assertThat(status(key.getStatus().conditions(), "Ready")).isEqualTo("True/Ready");
          assertThat(key.getStatus().eventTypes()).isPositive();
        });
  }

  /** Creates {@code shop} with a running worker and waits until it is ready. */
  default void runShop() {
    applyShop();
    workers().run(awaitWorkload());
    awaitAllReady();
  }

  default <T extends HasMetadata> Resource<T> resource(Class<T> kind, String name) {
    return admin().resources(kind).inNamespace(namespace()).withName(name);
  }

  default void awaitStatus(HasMetadata resource, String type, String expected) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(
                    status(
                        conditionsOf(resource(resource.getClass(), nameOf(resource)).get()), type))
                .isEqualTo(expected));
  }

  default String nameOf(HasMetadata resource) {
    return resource.getMetadata().getName();
  }

  default List<Condition> conditionsOf(HasMetadata resource) {
    return switch (resource) {
      case DataCore core when core.getStatus() != null -> core.getStatus().conditions();
      case FlowType flow when flow.getStatus() != null -> flow.getStatus().conditions();
      case EventType type when type.getStatus() != null -> type.getStatus().conditions();
      case WebhookKey key when key.getStatus() != null -> key.getStatus().conditions();
      default -> List.of();
    };
  }

  /** Reads the catalog that the operator has written. */
  default Catalog planned() throws CatalogFormatException {
    if (resource(Secret.class, "shop-keys").get() == null) {
      throw new CatalogFormatException("no catalog was written yet");
    }
    String catalog = resource(ConfigMap.class, "shop-catalog").get().getData().get("catalog.json");
    String keys = SecretData.decode(resource(Secret.class, "shop-keys").get()).get("keys.json");
    return CatalogCodec.read(catalog, keys);
  }

  default void awaitPlanned(Predicate<Catalog> expected) {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptionsInstanceOf(CatalogFormatException.class)
        .until(() -> expected.test(planned()));
  }
}
