package io.flowcore.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.SecretData;
import io.flowcore.operator.cluster.ApiServerExtension;
import io.flowcore.operator.cluster.Manifests;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings.Election;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the path from applied resources to stored events, with a real API server and workers. */
@Requires(OptionalPart.API_SERVER)
class EndToEndIT {
  private static final String NAMESPACE = "team-a";
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Maximum time until a live change takes effect. */
  private static final Duration SOON = Duration.ofSeconds(5);

  @RegisterExtension
  private final ApiServerExtension server = ApiServerExtension.installed(NAMESPACE);

  private final HttpClient http = HttpClient.newHttpClient();
  private FlowcoreOperator operator;
  private Kubelet kubelet;

  @BeforeEach
  void start() throws IOException {
    operator = server.createOperator(Set.of(), election("first"), Clock.systemUTC());
    operator.start();
    Path nodes = Files.createDirectories(server.directory().resolve("nodes"));
    kubelet = new Kubelet(server.admin(), NAMESPACE, nodes);
  }

  private static Optional<Election> election(String identity) {
    return Optional.of(new Election(identity, Duration.ofSeconds(6), () -> {}));
  }

  @AfterEach
  void stop() {
    kubelet.close();
    operator.close();
  }

  private String key() {
    Secret secret = server.admin().secrets().inNamespace(NAMESPACE).withName("sender-key").get();
    return SecretData.decode(secret).get("key");
  }

  private int post(String key, String eventType) {
    int port = kubelet.port("shop-ingest");
    if (port == 0) {
      return 0;
    }
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port + "/event/acme/shop/orders/" + eventType))
            .header("Authorization", key)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"order\": 1}"))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void awaitReady(HasMetadata resource) {
    await()
        .atMost(LONG)
        .untilAsserted(() -> {
          HasMetadata now = server.admin().resource(resource).get();
          List<Condition> conditions =
              switch (now) {
                case DataCore core when core.getStatus() != null -> core.getStatus().conditions();
                case EventType type when type.getStatus() != null -> type.getStatus().conditions();
                case WebhookKey key when key.getStatus() != null -> key.getStatus().conditions();
                default -> List.of();
              };
          assertThat(conditions)
              .anyMatch(condition ->
                  condition.getType().equals("Ready") && condition.getStatus().equals("True"));
        });
  }

  @Test
  void appliedResourcesAcceptEventsAndChangesApplyWithoutARestart() throws Exception {
    DataCore core = Manifests.dataCore(NAMESPACE, "shop", "acme", "shop");
    EventType placed = Manifests.eventType(NAMESPACE, "placed", "orders");
    WebhookKey sender =
        Manifests.webhookKey(
            NAMESPACE,
            "sender",
            "shop",
            "secretName: sender-key\nrotation: {every: 90d, overlap: 8s}");
    server.admin().resource(core).create();
    server.admin().resource(Manifests.flowType(NAMESPACE, "orders", "shop")).create();
    server.admin().resource(placed).create();
    server.admin().resource(sender).create();
    awaitReady(core);
    awaitReady(placed);
    awaitReady(sender);
    long pid = kubelet.pid("shop-ingest");
    String first = key();
    assertThat(post(first, "placed")).isEqualTo(200);
    assertThat(post(first, "shipped")).as("an undeclared event type").isEqualTo(404);

    server.admin().resource(Manifests.eventType(NAMESPACE, "shipped", "orders")).create();
    await().atMost(SOON).until(() -> post(first, "shipped") == 200);

    Instant longAgo = Instant.now().minus(Duration.ofDays(91));
    server
        .admin()
        .secrets()
        .inNamespace(NAMESPACE)
        .withName("sender-key")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"stringData\": {\"keyCreatedAt\": \"" + longAgo + "\"}}");
    await().atMost(SOON).until(() -> !key().equals(first));
    String second = key();
    await().atMost(SOON).until(() -> post(second, "placed") == 200);
    assertThat(post(first, "placed")).as("previous key during the overlap").isEqualTo(200);
    await().atMost(Duration.ofSeconds(15)).until(() -> post(first, "placed") == 401);
    assertThat(post(second, "placed")).isEqualTo(200);

    server.admin().resource(sender).delete();
    await().atMost(SOON).until(() -> post(second, "placed") == 401);
    assertThat(kubelet.pid("shop-ingest"))
        .as("process of the worker, which must not restart")
        .isEqualTo(pid);

    server.admin().resource(core).delete();
    collectGarbage(core);
    await().atMost(LONG).until(() -> kubelet.pid("shop-ingest") == 0);
    assertThat(
            server
                .admin()
                .resources(PersistentVolumeClaim.class)
                .inNamespace(NAMESPACE)
                .withName("shop-hot-store")
                .get())
        .as("volume claim with the events, which must be kept")
        .isNotNull();
  }

  /** Deletes owned objects, as the garbage collector of Kubernetes does. */
  private void collectGarbage(DataCore core) {
    for (StatefulSet set :
        server.admin().apps().statefulSets().inNamespace(NAMESPACE).list().getItems()) {
      boolean owned =
          set.getMetadata().getOwnerReferences().stream()
              .anyMatch(owner -> owner.getName().equals(core.getMetadata().getName()));
      if (owned) {
        server.admin().resource(set).delete();
      }
    }
  }

  @Test
  void anotherOperatorBecomesLeaderWhenTheLeaderStops() throws IOException {
    try (KubernetesClient secondClient = server.createOperatorClient();
        FlowcoreOperator second =
            ApiServerExtension.createOperator(
                secondClient, Set.of(), election("second"), Clock.systemUTC())) {
      Thread.ofVirtual().start(second::start);
      DataCore core = Manifests.dataCore(NAMESPACE, "shop", "acme", "shop");
      server.admin().resource(core).create();
      awaitReady(core);
      assertThat(leader()).isEqualTo("first");
      operator.close();
      await().atMost(LONG).until(() -> leader().equals("second"));
      DataCore later = Manifests.dataCore(NAMESPACE, "other", "acme", "other");
      server.admin().resource(later).create();
      awaitReady(later);
    }
  }

  private String leader() {
    var lease =
        server.admin().leases().inNamespace("flowcore-system").withName("flowcore-operator").get();
    return lease == null ? "" : String.valueOf(lease.getSpec().getHolderIdentity());
  }
}
