package io.flowcore.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.operator.cluster.ApiServerExtension;
import io.flowcore.operator.cluster.Manifests;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests the operator with many resources. The build uses few; {@code -Dscale.cores=50
 * -Dscale.types=20} gives the figures in {@code bench/results.md}. There are as many keys as event
 * types, and ten unrelated Secrets per data core.
 */
@Requires(OptionalPart.API_SERVER)
class ScaleIT {
  private static final int CORES = Integer.getInteger("scale.cores", 5);
  private static final int TYPES = Integer.getInteger("scale.types", 5);
  private static final int FOREIGN = Integer.getInteger("scale.foreign", 10);
  private static final Duration LONG = Duration.ofMinutes(5);

  @RegisterExtension private final ApiServerExtension server = ApiServerExtension.installed();

  @Test
  void resourcesConvergeAndARestartWritesNothing() throws Exception {
    KubernetesClient admin = server.admin();
    Path logs = server.directory();
    fill(admin);
    Path kubeconfig = server.operatorKubeconfig();
    long started = System.nanoTime();
    Map<String, Double> before = requests(admin);
    try (OperatorProcess operator =
        OperatorProcess.start(kubeconfig, logs.resolve("operator.log"))) {
      awaitConverged(admin);
      long millis = (System.nanoTime() - started) / 1_000_000;
      report("from an empty cluster", millis, before, requests(admin), operator);
      awaitQuiet(admin);
    }
    Map<String, String> versions = versions(admin);
    started = System.nanoTime();
    before = requests(admin);
    try (OperatorProcess operator =
        OperatorProcess.start(kubeconfig, logs.resolve("operator-again.log"))) {
      await()
          .atMost(LONG)
          .until(() ->
              operator.metric("flowcore_operator_reconciliation_seconds_count", "datacore") >= CORES
                  && operator.metric("flowcore_operator_reconciliation_seconds_count", "eventtype")
                      >= CORES * TYPES);
      long millis = (System.nanoTime() - started) / 1_000_000;
      awaitQuiet(admin);
      report("after a restart", millis, before, requests(admin), operator);
    }
    assertThat(versions(admin)).isEqualTo(versions);
  }

  private void fill(KubernetesClient admin) {
    for (int i = 0; i < CORES; i++) {
      String namespace = "team-" + i;
      server.createNamespace(namespace);
      for (int secret = 0; secret < FOREIGN; secret++) {
        admin
            .resource(
                new SecretBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName("foreign-" + secret)
                    .endMetadata()
                    .addToStringData("text", "x".repeat(5_000))
                    .build())
            .create();
      }
      admin.resource(Manifests.dataCore(namespace, "shop", "acme", namespace)).create();
      admin.resource(Manifests.flowType(namespace, "orders", "shop")).create();
      for (int type = 0; type < TYPES; type++) {
        admin.resource(Manifests.eventType(namespace, "type-" + type, "orders")).create();
        admin
            .resource(
                Manifests.webhookKey(namespace, "key-" + type, "shop", "secretName: key-" + type))
            .create();
      }
    }
  }

  /** Waits until all statuses are written. No workers run, so no resource becomes programmed. */
  private static void awaitConverged(KubernetesClient admin) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() ->
            all(
                    admin.resources(WebhookKey.class).inAnyNamespace().list().getItems(),
                    key ->
                        key.getStatus() != null
                            && Integer.valueOf(TYPES).equals(key.getStatus().eventTypes()))
                && all(
                    admin.resources(EventType.class).inAnyNamespace().list().getItems(),
                    type -> type.getStatus() != null && type.getStatus().urls() != null)
                && all(
                    admin.resources(DataCore.class).inAnyNamespace().list().getItems(),
                    core ->
                        core.getStatus() != null
                            && Integer.valueOf(TYPES).equals(core.getStatus().webhookKeys())
                            && Integer.valueOf(TYPES).equals(core.getStatus().eventTypes())));
  }

  private static <T> boolean all(List<T> resources, Predicate<T> settled) {
    return resources.stream().allMatch(settled);
  }

  private static Map<String, String> versions(KubernetesClient admin) {
    Map<String, String> versions = new TreeMap<>();
    List<List<? extends HasMetadata>> kinds =
        List.of(
            admin.resources(DataCore.class).inAnyNamespace().list().getItems(),
            admin.resources(EventType.class).inAnyNamespace().list().getItems(),
            admin.resources(WebhookKey.class).inAnyNamespace().list().getItems(),
            admin.configMaps().inAnyNamespace().list().getItems(),
            admin.secrets().inAnyNamespace().list().getItems(),
            admin.services().inAnyNamespace().list().getItems(),
            admin.persistentVolumeClaims().inAnyNamespace().list().getItems(),
            admin.network().v1().networkPolicies().inAnyNamespace().list().getItems(),
            admin.apps().statefulSets().inAnyNamespace().list().getItems());
    for (List<? extends HasMetadata> kind : kinds) {
      for (HasMetadata object : kind) {
        versions.put(
            object.getKind()
                + " "
                + object.getMetadata().getNamespace()
                + "/"
                + object.getMetadata().getName(),
            object.getMetadata().getResourceVersion());
      }
    }
    return versions;
  }

  private static void awaitQuiet(KubernetesClient admin) {
    AtomicReference<Map<String, String>> last = new AtomicReference<>(Map.of());
    await()
        .during(Duration.ofSeconds(4))
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> {
          Map<String, String> now = versions(admin);
          return now.equals(last.getAndSet(now));
        });
  }

  /**
   * Returns the number of requests that the API server has processed, by verb. The test itself
   * sends only LIST requests.
   */
  private static Map<String, Double> requests(KubernetesClient admin) {
    Map<String, Double> requests = new TreeMap<>();
    admin
        .raw("/metrics")
        .lines()
        .filter(line -> line.startsWith("apiserver_request_total{"))
        .forEach(line -> {
          String verb = line.replaceFirst(".*verb=\"([A-Z]+)\".*", "$1");
          double count = Double.parseDouble(line.substring(line.lastIndexOf(' ')));
          requests.merge(verb, count, Double::sum);
        });
    return requests;
  }

  private static void report(
      String what,
      long millis,
      Map<String, Double> before,
      Map<String, Double> after,
      OperatorProcess operator)
      throws Exception {
    StringBuilder text = new StringBuilder();
    for (String verb : List.of("GET", "POST", "PUT", "PATCH", "APPLY", "DELETE", "WATCH")) {
      double count = after.getOrDefault(verb, 0.0) - before.getOrDefault(verb, 0.0);
      if (count > 0) {
        text.append(' ').append(verb).append(' ').append((long) count);
      }
    }
    System.out.printf(
        "scale: %d data cores, %d event types and as many keys, %s: %.1f s;%s; heap %.0f MiB of 128%n",
        CORES,
        CORES * TYPES,
        what,
        millis / 1_000.0,
        text,
        operator.metric("jvm_memory_used_bytes", "area=\"heap\"") / (1 << 20));
  }
}
