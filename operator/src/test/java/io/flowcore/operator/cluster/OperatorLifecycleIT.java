package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings.Election;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An operator that receives no changes, or is not the leader any more, changes and deletes nothing.
 */
@Requires(OptionalPart.API_SERVER)
class OperatorLifecycleIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @RegisterExtension
  private final ApiServerExtension server = ApiServerExtension.installed("life", "elsewhere");

  private final TestClock clock = TestClock.running();

  private static int health(FlowcoreOperator operator, String probe)
      throws IOException, InterruptedException {
    return get(operator, "/observe/health/" + probe).statusCode();
  }

  private static HttpResponse<String> get(FlowcoreOperator operator, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + operator.managementPort() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private String catalog() {
    ConfigMap map = server.admin().configMaps().inNamespace("life").withName("shop-catalog").get();
    return map == null ? "" : map.getData().get("catalog.json");
  }

  private void apply() {
    server.admin().resource(Manifests.dataCore("life", "shop", "acme", "shop")).create();
    server.admin().resource(Manifests.flowType("life", "orders", "shop")).create();
    server.admin().resource(Manifests.eventType("life", "placed", "orders")).create();
  }

  @Test
  void interruptedWatchesAreReportedAndReconnected() throws Exception {
    try (FlowcoreOperator operator =
        server.createOperator(Set.of("life"), Optional.empty(), clock)) {
      assertThat(health(operator, "ready")).as("before the start").isEqualTo(503);
      operator.start();
      apply();
      await().atMost(TIMEOUT).until(() -> catalog().contains("placed"));
      await().atMost(TIMEOUT).until(() -> health(operator, "ready") == 200);

      server.fail();
      await().atMost(TIMEOUT).until(() -> health(operator, "ready") == 503);
      assertThat(get(operator, "/observe/health/ready").body()).contains("watches are interrupted");
      assertThat(health(operator, "live"))
          .as("no restart in the first five minutes")
          .isEqualTo(200);
      clock.advance(Duration.ofMinutes(6));
      assertThat(health(operator, "live")).isEqualTo(503);
      assertThat(get(operator, "/observe/health/live").body())
          .contains("interrupted for 5 minutes");

      server.recover();
      await().atMost(TIMEOUT).until(() -> health(operator, "ready") == 200);
      assertThat(health(operator, "live")).isEqualTo(200);
      server.admin().resource(Manifests.eventType("life", "shipped", "orders")).create();
      await()
          .atMost(TIMEOUT)
          .ignoreExceptionsInstanceOf(KubernetesClientException.class)
          .until(() -> catalog().contains("shipped"));
    }
  }

  @Test
  void anOperatorThatCannotFillItsCachesDoesNotStartAndDeletesNothing() throws Exception {
    try (FlowcoreOperator operator =
        server.createOperator(Set.of("life"), Optional.empty(), Clock.systemUTC())) {
      operator.start();
      apply();
      await().atMost(TIMEOUT).until(() -> catalog().contains("placed"));
    }
    String before = catalog();
    ClusterRole shipped = server.admin().rbac().clusterRoles().withName("flowcore-operator").get();
    List<PolicyRule> rules =
        shipped.getRules().stream().flatMap(OperatorLifecycleIT::withoutEventTypes).toList();
    server
        .admin()
        .rbac()
        .clusterRoles()
        .withName("flowcore-operator")
        .edit(role -> new ClusterRoleBuilder(role).withRules(rules).build());
    await()
        .atMost(TIMEOUT)
        .untilAsserted(() ->
            assertThatThrownBy(() ->
                    server.operatorClient().resources(EventType.class).inNamespace("life").list())
                .isInstanceOf(KubernetesClientException.class));
    try (FlowcoreOperator operator =
        server.createOperator(Set.of("life"), Optional.empty(), Clock.systemUTC())) {
      assertThatThrownBy(operator::start).hasMessageContaining("eventtypes");
      assertThat(health(operator, "ready")).isEqualTo(503);
    }
    assertThat(catalog()).isEqualTo(before);
  }

  private static Stream<PolicyRule> withoutEventTypes(PolicyRule rule) {
    List<String> others =
        rule.getResources().stream().filter(one -> !one.equals("eventtypes")).toList();
    return others.isEmpty()
        ? Stream.empty()
        : Stream.of(new PolicyRuleBuilder(rule).withResources(others).build());
  }

  @Test
  void aLostLeadershipIsReportedAtOnceAndAStoppedOperatorReleasesTheLease() throws Exception {
    CountDownLatch lost = new CountDownLatch(1);
    Election election = new Election("first", Duration.ofSeconds(6), lost::countDown);
    var lease =
        server.admin().leases().inNamespace("flowcore-system").withName("flowcore-operator");
    try (FlowcoreOperator operator =
        server.createOperator(Set.of(), Optional.of(election), Clock.systemUTC())) {
      operator.start();
      await()
          .atMost(TIMEOUT)
          .until(() -> get(operator, "/observe/metrics").body().contains("leader 1.0"));
      lease.edit(current ->
          new LeaseBuilder(current)
              .editSpec()
              .withHolderIdentity("second")
              .withRenewTime(java.time.ZonedDateTime.now(java.time.ZoneOffset.UTC).plusMinutes(5))
              .endSpec()
              .build());
      assertThat(lost.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(get(operator, "/observe/metrics").body()).contains("leader 0.0");
    }
    assertThat(lease.get().getSpec().getHolderIdentity())
        .as("the Lease of another operator is kept")
        .isEqualTo("second");
    lease.delete();

    CountDownLatch lostAgain = new CountDownLatch(1);
    Election another = new Election("third", Duration.ofSeconds(6), lostAgain::countDown);
    try (FlowcoreOperator operator =
        server.createOperator(Set.of(), Optional.of(another), Clock.systemUTC())) {
      operator.start();
      await()
          .atMost(TIMEOUT)
          .until(() -> get(operator, "/observe/metrics").body().contains("leader 1.0"));
    }
    assertThat(lostAgain.getCount()).as("the leadership was not lost").isEqualTo(1);
    assertThat(lease.get().getSpec().getHolderIdentity()).isIn("", null);
  }

  @Test
  void onlyTheConfiguredNamespacesAreReconciled() throws Exception {
    server.createNamespace("third");
    try (FlowcoreOperator operator =
        server.createOperator(Set.of("life", "third"), Optional.empty(), Clock.systemUTC())) {
      operator.start();
      server.admin().resource(Manifests.dataCore("elsewhere", "shop", "acme", "one")).create();
      for (String namespace : List.of("life", "third")) {
        server.admin().resource(Manifests.dataCore(namespace, "shop", namespace, "shop")).create();
        await()
            .atMost(TIMEOUT)
            .until(() ->
                server
                        .admin()
                        .apps()
                        .statefulSets()
                        .inNamespace(namespace)
                        .withName("shop-ingest")
                        .get()
                    != null);
      }
      assertThat(server.admin().apps().statefulSets().inNamespace("elsewhere").list().getItems())
          .isEmpty();
    }
  }
}
