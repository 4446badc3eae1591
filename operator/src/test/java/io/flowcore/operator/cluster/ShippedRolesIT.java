package io.flowcore.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.RunsOnRequest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Removes each permission from the shipped role in turn. Without it the scenario must fail,
 * otherwise the operator does not need the permission. Takes about ten minutes.
 */
@Requires(OptionalPart.API_SERVER)
@RunsOnRequest(property = "roles.every", reason = "takes ten minutes")
class ShippedRolesIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  /** A pattern of the permissions to remove, such as {@code .*resource=pods,.*}. */
  private static final String ONLY = System.getProperty("roles.only", ".*");

  @RegisterExtension private final ApiServerExtension server = ApiServerExtension.installed();

  private int runs;

  /** One verb on one kind. */
  private record Permission(String group, String resource, String verb) {}

  @Test
  void theScenarioNeedsEveryPermissionOfTheShippedRole() throws Exception {
    server.admin().resource(HttpRoutes.crd()).create();
    ClusterRole shipped = server.admin().rbac().clusterRoles().withName("flowcore-operator").get();
    assertThat(runScenario()).as("the scenario with all permissions").isEmpty();
    List<Permission> unneeded = new ArrayList<>();
    for (Permission permission : permissions(shipped)) {
      if (!permission.toString().matches(ONLY)) {
        continue;
      }
      grant(shipped, without(shipped, permission));
      Optional<String> failure = runScenario();
      System.out.println("without " + permission + ": " + failure.orElse("NO FAILURE"));
      if (failure.isEmpty()) {
        unneeded.add(permission);
      }
    }
    assertThat(unneeded).as("unneeded permissions").isEmpty();
  }

  private static List<Permission> permissions(ClusterRole role) {
    List<Permission> permissions = new ArrayList<>();
    for (PolicyRule rule : role.getRules()) {
      for (String resource : rule.getResources()) {
        for (String verb : rule.getVerbs()) {
          permissions.add(new Permission(rule.getApiGroups().getFirst(), resource, verb));
        }
      }
    }
    return permissions;
  }

  private static List<PolicyRule> without(ClusterRole role, Permission missing) {
    return permissions(role).stream()
        .filter(permission -> !permission.equals(missing))
        .map(permission ->
            new PolicyRuleBuilder()
                .withApiGroups(permission.group())
                .withResources(permission.resource())
                .withVerbs(permission.verb())
                .build())
        .toList();
  }

  private void grant(ClusterRole role, List<PolicyRule> rules) {
    server
        .admin()
        .rbac()
        .clusterRoles()
        .withName(role.getMetadata().getName())
        .edit(now -> new ClusterRoleBuilder(now).withRules(rules).build());
  }

  /** Returns the failed step, if one failed. */
  private Optional<String> runScenario() throws IOException {
    String namespace = "run-" + ++runs;
    server.createNamespace(namespace);
    try (KubernetesClient operatorClient = server.createOperatorClient();
        StubWorkers workers = new StubWorkers(server.admin());
        FlowcoreOperator operator =
            ApiServerExtension.createOperator(
                operatorClient, Set.of(namespace), Optional.empty(), Clock.systemUTC())) {
      Thread starting = Thread.ofVirtual().start(operator::start);
      try {
        runSteps(namespace, workers);
        return Optional.empty();
      } catch (ConditionTimeoutException e) {
        return Optional.of(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
      } finally {
        starting.interrupt();
      }
    }
  }

  private boolean acceptRoute(String namespace) {
    HttpRoutes.setAccepted(route(namespace), "True", "");
    return true;
  }

  private void runSteps(String namespace, StubWorkers workers) {
    createResources(namespace);
    StatefulSet set = awaitExisting(StatefulSet.class, namespace, "shop-ingest");
    workers.run(set);
    awaitExisting(Deployment.class, namespace, "large-ingest");
    awaitExisting(HorizontalPodAutoscaler.class, namespace, "large-ingest");
    awaitExisting(PodDisruptionBudget.class, namespace, "large-ingest");
    awaitExisting(Ingress.class, namespace, "large-ingest");
    Secret key = awaitExisting(Secret.class, namespace, "sender-key");
    eventually("a gateway accepts the route", () -> acceptRoute(namespace));
    awaitReady(namespace, workers);
    changeRoutes(namespace);
    rotateKey(namespace, key);
  }

  private void createResources(String namespace) {
    String shop =
        """
        tenant: acme
        name: %s
        hotStore: {embedded: {storage: 1Gi}}
        archive: {none: {}}
        routing: {host: a.example.com, gateway: {name: public}}
        """
            .formatted(namespace);
    String large =
        """
        tenant: acme
        name: %s-large
        hotStore: {cassandra: {contactPoints: [c], localDatacenter: d, keyspace: k}}
        archive: {none: {}}
        worker: {autoscaling: {minReplicas: 1, maxReplicas: 2}}
        routing: {host: b.example.com}
        """
            .formatted(namespace);
    server.admin().resource(Manifests.dataCore(namespace, "shop", shop)).create();
    server.admin().resource(Manifests.dataCore(namespace, "large", large)).create();
    server.admin().resource(Manifests.flowType(namespace, "orders", "shop")).create();
    server.admin().resource(Manifests.eventType(namespace, "placed", "orders")).create();
    server
        .admin()
        .resource(
            Manifests.webhookKey(
                namespace,
                "sender",
                "shop",
                "secretName: sender-key\nrotation: {every: 90d, overlap: 1d}"))
        .create();
  }

  private void awaitReady(String namespace, StubWorkers workers) {
    eventually(
        "all resources are ready",
        () -> {
          DataCore core = of(DataCore.class, namespace, "shop").get();
          if (core.getStatus() == null || core.getStatus().catalogRevision() == null) {
            return false;
          }
          workers.report(core.getStatus().catalogRevision());
          return ready(core.getStatus().conditions())
              && ready(of(FlowType.class, namespace, "orders").get().getStatus().conditions())
              && ready(of(EventType.class, namespace, "placed").get().getStatus().conditions())
              && ready(of(WebhookKey.class, namespace, "sender").get().getStatus().conditions());
        });
    eventually(
        "the pod has the catalog revision",
        () ->
            of(Pod.class, namespace, "shop-ingest-0")
                .get()
                .getMetadata()
                .getAnnotations()
                .containsKey("flowcore.io/catalog-revision"));
    eventually(
        "an Event was written",
        () -> !server.admin().v1().events().inNamespace(namespace).list().getItems().isEmpty());
  }

  private void changeRoutes(String namespace) {
    change(
        of(DataCore.class, namespace, "shop"),
        "{\"spec\":{\"routing\":{\"host\":\"c.example.com\"}}}");
    eventually(
        "the route was changed",
        () -> String.valueOf(route(namespace).get()).contains("c.example.com"));
    change(of(DataCore.class, namespace, "shop"), "{\"spec\":{\"routing\":null}}");
    eventually("the route is deleted", () -> route(namespace).get() == null);
    change(
        of(DataCore.class, namespace, "large"),
        "{\"spec\":{\"routing\":null,\"worker\":{\"autoscaling\":null}}}");
    awaitDeleted(HorizontalPodAutoscaler.class, namespace, "large-ingest");
    awaitDeleted(Ingress.class, namespace, "large-ingest");
  }

  private void rotateKey(String namespace, Secret key) {
    change(
        of(Secret.class, namespace, "sender-key"),
        "{\"stringData\":{\"keyCreatedAt\":\"2020-01-01T00:00:00Z\"}}");
    eventually(
        "the key was rotated",
        () ->
            !of(Secret.class, namespace, "sender-key")
                .get()
                .getData()
                .get("key")
                .equals(key.getData().get("key")));
  }

  private Resource<GenericKubernetesResource> route(String namespace) {
    return server
        .admin()
        .genericKubernetesResources(HttpRoutes.CONTEXT)
        .inNamespace(namespace)
        .withName("shop-ingest");
  }

  private static boolean ready(List<Condition> conditions) {
    return conditions.stream()
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  private <T extends HasMetadata> Resource<T> of(Class<T> kind, String namespace, String name) {
    return server.admin().resources(kind).inNamespace(namespace).withName(name);
  }

  private static <T extends HasMetadata> void change(Resource<T> resource, String patch) {
    resource.patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  private <T extends HasMetadata> T awaitExisting(Class<T> kind, String namespace, String name) {
    eventually(
        kind.getSimpleName() + " " + name + " exists",
        () -> of(kind, namespace, name).get() != null);
    return of(kind, namespace, name).get();
  }

  private <T extends HasMetadata> void awaitDeleted(Class<T> kind, String namespace, String name) {
    eventually(
        kind.getSimpleName() + " " + name + " is deleted",
        () -> of(kind, namespace, name).get() == null);
  }

  private static void eventually(String what, Callable<Boolean> condition) {
    await(what).ignoreExceptions().atMost(TIMEOUT).until(condition);
  }
}
