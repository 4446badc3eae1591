package io.flowcore.operator.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A data core whose workers share one Cassandra hot store, on a real API server. */
@Requires(OptionalPart.API_SERVER)
class SharedStoreIT {
  private static final String NAMESPACE = "shared";
  private static final String REPLICAS = "worker: {replicas: 3}";
  private static final String AUTOSCALED =
      "worker: {autoscaling: {minReplicas: 2, maxReplicas: 9}}";

  @RegisterExtension
  private final ApiServerExtension server = ApiServerExtension.installed(NAMESPACE);

  private FlowcoreOperator operator;

  @BeforeEach
  void start() throws IOException {
    operator = server.createOperator(Set.of(NAMESPACE), Optional.empty(), Clock.systemUTC());
    operator.start();
  }

  @AfterEach
  void stop() {
    operator.close();
  }

  private static DataCore core(String worker) {
    return Manifests.dataCore(
        NAMESPACE,
        "shop",
        """
        tenant: acme
        name: shop
        hotStore: {cassandra: {contactPoints: [cassandra.example], localDatacenter: dc1, keyspace: shop}}
        archive: {none: {}}
        """
            + worker);
  }

  private Deployment deployment() {
    return server.admin().apps().deployments().inNamespace(NAMESPACE).withName("shop-ingest").get();
  }

  private static Integer replicas(Deployment deployment) {
    return deployment == null ? null : deployment.getSpec().getReplicas();
  }

  private static <T extends HasMetadata> void status(Resource<T> resource, String json) {
    resource.subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), json);
  }

  @Test
  void anAutoscalerTakesOverTheNumberOfReplicasWithoutChangingIt() {
    server.admin().resource(core(REPLICAS)).serverSideApply();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Integer.valueOf(3).equals(replicas(deployment())));

    server.admin().resource(core(AUTOSCALED)).forceConflicts().serverSideApply();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            server
                    .admin()
                    .autoscaling()
                    .v2()
                    .horizontalPodAutoscalers()
                    .inNamespace(NAMESPACE)
                    .withName("shop-ingest")
                    .get()
                != null);
    String hash = deployment().getMetadata().getAnnotations().get("flowcore.io/plan-hash");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          assertThat(replicas(deployment())).as("replicas during the handover").isEqualTo(3);
          return deployment().getMetadata().getManagedFields().stream()
              .filter(entry -> entry.getManager().equals("flowcore-operator"))
              .noneMatch(entry -> entry.getFieldsV1().toString().contains("f:replicas"));
        });

    // The autoscaler scales the Deployment in the same way.
    server.admin().apps().deployments().inNamespace(NAMESPACE).withName("shop-ingest").scale(7);
    server
        .admin()
        .resources(DataCore.class)
        .inNamespace(NAMESPACE)
        .withName("shop")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"labels\":{\"touched\":\"yes\"}}}");
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(10))
        .until(() -> replicas(deployment()) == 7);
    assertThat(hash).isNotNull();
  }

  @Test
  void theDataCoreReportsWhyAWorkerIsNotReady() throws IOException {
    HttpServer worker =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    worker.createContext(
        "/observe/health/ready",
        exchange -> {
          byte[] body =
              "{\"status\":\"DOWN\",\"reasons\":[\"the hot store has not responded for 8 s\"]}"
                  .getBytes(UTF_8);
          try (exchange) {
            exchange.sendResponseHeaders(503, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    worker.start();
    try {
      server.admin().resource(core(REPLICAS)).serverSideApply();
      await().atMost(Duration.ofSeconds(30)).until(() -> deployment() != null);
      pod("shop-ingest-a", worker.getAddress().getPort());
      status(
          server.admin().pods().inNamespace(NAMESPACE).withName("shop-ingest-a"),
          """
          {"status": {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}],
            "conditions": [{"type": "Ready", "status": "False"}]}}
          """);
      settle();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              message().contains("shop-ingest-a reports: the hot store has not responded for 8 s"));

      status(
          server.admin().pods().inNamespace(NAMESPACE).withName("shop-ingest-a"),
          """
          {"status": {"phase": "Running", "podIP": null, "podIPs": null,
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [{"name": "worker", "ready": false, "restartCount": 3, "image": "x", "imageID": "x",
              "lastState": {"terminated": {"exitCode": 1, "message": "a log line\\nflowcore: there is no keyspace shop\\n"}},
              "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}}
          """);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> message().contains("shop-ingest-a reports: there is no keyspace shop"));
    } finally {
      worker.stop(0);
    }
  }

  /** Sets the status of a Deployment that is rolled out and not ready. */
  private void settle() {
    status(
        server.admin().apps().deployments().inNamespace(NAMESPACE).withName("shop-ingest"),
        """
        {"status": {"replicas": 3, "readyReplicas": 0, "updatedReplicas": 3, "observedGeneration": %d}}
        """
            .formatted(deployment().getMetadata().getGeneration()));
  }

  private void pod(String name, int managementPort) {
    Deployment deployment = deployment();
    Pod pod =
        new PodBuilder()
            .withMetadata(deployment.getSpec().getTemplate().getMetadata())
            .editMetadata()
            .withNamespace(NAMESPACE)
            .withName(name)
            .endMetadata()
            .withSpec(deployment.getSpec().getTemplate().getSpec())
            .build();
    pod.getSpec().getContainers().getFirst().getPorts().stream()
        .filter(port -> port.getName().equals("management"))
        .forEach(port -> port.setContainerPort(managementPort));
    server.admin().resource(pod).create();
  }

  private String message() {
    DataCore core =
        server.admin().resources(DataCore.class).inNamespace(NAMESPACE).withName("shop").get();
    return core.getStatus() == null
        ? ""
        : core.getStatus().conditions().stream()
            .filter(condition -> condition.getType().equals("Ready"))
            .map(Condition::getMessage)
            .findFirst()
            .orElse("");
  }
}
