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
import io.flowcore.operator.reconcile.OperatorSettings;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.RunsOnRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes each right out of the shipped role in turn: without it a story must fail, or the role holds
 * more than the operator needs. Takes some ten minutes.
 */
@Requires(OptionalPart.API_SERVER)
@RunsOnRequest(property = "roles.every", reason = "takes ten minutes")
class ShippedRolesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /** A pattern of the rights to try, such as {@code .*resource=pods,.*}. */
  private static final String ONLY = System.getProperty("roles.only", ".*");

  @TempDir private Path folder;
  private KubernetesClient admin;
  private ApiServer server;
  private int stories;

  /** A right: one verb on one kind. */
  private record Right(String group, String resource, String verb) {}

  @Test
  void theStoryPassesWithTheShippedRoleAndFailsWithoutAnyOneRightOfIt() throws Exception {
    try (ApiServer started = ApiServer.start(folder);
        KubernetesClient client = started.admin()) {
      server = started;
      admin = client;
      ApiServer.install(admin, Path.of(".."));
      admin.resource(ApiServerStoriesIT.httpRoutes()).create();
      ClusterRole shipped = admin.rbac().clusterRoles().withName("flowcore-operator").get();
      assertThat(story()).as("the story with all rights").isEmpty();
      List<Right> needless = new ArrayList<>();
      for (Right right : rights(shipped)) {
        if (!right.toString().matches(ONLY)) {
          continue;
        }
        grant(shipped, without(shipped, right));
        Optional<String> failure = story();
        System.out.println("without " + right + ": " + failure.orElse("NOTHING FAILS"));
        if (failure.isEmpty()) {
          needless.add(right);
        }
      }
      assertThat(needless).as("rights that nothing needs").isEmpty();
    }
  }

  private static List<Right> rights(ClusterRole role) {
    List<Right> rights = new ArrayList<>();
    for (PolicyRule rule : role.getRules()) {
      for (String resource : rule.getResources()) {
        for (String verb : rule.getVerbs()) {
          rights.add(new Right(rule.getApiGroups().getFirst(), resource, verb));
        }
      }
    }
    return rights;
  }

  private static List<PolicyRule> without(ClusterRole role, Right missing) {
    return rights(role).stream()
        .filter(right -> !right.equals(missing))
        .map(right ->
            new PolicyRuleBuilder()
                .withApiGroups(right.group())
                .withResources(right.resource())
                .withVerbs(right.verb())
                .build())
        .toList();
  }

  private void grant(ClusterRole role, List<PolicyRule> rules) {
    admin
        .rbac()
        .clusterRoles()
        .withName(role.getMetadata().getName())
        .edit(now -> new ClusterRoleBuilder(now).withRules(rules).build());
  }

  /** What failed, if something did. */
  private Optional<String> story() throws IOException {
    String namespace = "story-" + ++stories;
    ApiServer.namespace(admin, namespace);
    try (KubernetesClient rights = server.operator();
        StubWorkers workers = new StubWorkers(admin);
        FlowcoreOperator operator =
            new FlowcoreOperator(
                rights,
                new OperatorSettings(
                    Set.of(namespace), "flowcore-system", "worker:test", 0, Optional.empty()),
                Clock.systemUTC())) {
      Thread starting = Thread.ofVirtual().start(operator::start);
      try {
        tell(namespace, workers);
        return Optional.empty();
      } catch (ConditionTimeoutException e) {
        return Optional.of(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
      } finally {
        starting.interrupt();
      }
    }
  }

  /** As a controller of gateways does. */
  private boolean acceptRoute(String namespace) {
    admin
        .genericKubernetesResources(ApiServerStoriesIT.HTTP_ROUTES)
        .inNamespace(namespace)
        .withName("shop-ingest")
        .edit(route -> {
          route.setAdditionalProperty(
              "status",
              Map.of(
                  "parents",
                  List.of(
                      Map.of(
                          "conditions",
                          List.of(Map.of("type", "Accepted", "status", "True", "message", ""))))));
          return route;
        });
    return true;
  }

  private void tell(String namespace, StubWorkers workers) {
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
    admin.resource(Manifests.dataCore(namespace, "shop", shop)).create();
    admin.resource(Manifests.dataCore(namespace, "large", large)).create();
    admin.resource(Manifests.flowType(namespace, "orders", "shop")).create();
    admin.resource(Manifests.eventType(namespace, "placed", "orders")).create();
    admin
        .resource(
            Manifests.webhookKey(
                namespace,
                "sender",
                "shop",
                "secretName: sender-key\nrotation: {every: 90d, overlap: 1d}"))
        .create();
    StatefulSet set = there(StatefulSet.class, namespace, "shop-ingest");
    workers.run(set);
    there(Deployment.class, namespace, "large-ingest");
    there(HorizontalPodAutoscaler.class, namespace, "large-ingest");
    there(PodDisruptionBudget.class, namespace, "large-ingest");
    there(Ingress.class, namespace, "large-ingest");
    Secret key = there(Secret.class, namespace, "sender-key");
    eventually("a gateway takes the route", () -> acceptRoute(namespace));
    eventually(
        "all of it is ready",
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
        "the pod was told of the catalog",
        () ->
            of(Pod.class, namespace, "shop-ingest-0")
                .get()
                .getMetadata()
                .getAnnotations()
                .containsKey("flowcore.io/catalog-revision"));
    eventually(
        "an Event was written",
        () -> !admin.v1().events().inNamespace(namespace).list().getItems().isEmpty());
    change(
        of(DataCore.class, namespace, "shop"),
        "{\"spec\":{\"routing\":{\"host\":\"c.example.com\"}}}");
    eventually(
        "the route was changed",
        () -> String.valueOf(route(namespace).get()).contains("c.example.com"));
    change(of(DataCore.class, namespace, "shop"), "{\"spec\":{\"routing\":null}}");
    eventually("the route is gone", () -> route(namespace).get() == null);
    change(
        of(DataCore.class, namespace, "large"),
        "{\"spec\":{\"routing\":null,\"worker\":{\"autoscaling\":null}}}");
    gone(HorizontalPodAutoscaler.class, namespace, "large-ingest");
    gone(Ingress.class, namespace, "large-ingest");
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
    return admin
        .genericKubernetesResources("gateway.networking.k8s.io/v1", "HTTPRoute")
        .inNamespace(namespace)
        .withName("shop-ingest");
  }

  private static boolean ready(List<Condition> conditions) {
    return conditions.stream()
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  private <T extends HasMetadata> Resource<T> of(Class<T> kind, String namespace, String name) {
    return admin.resources(kind).inNamespace(namespace).withName(name);
  }

  private static <T extends HasMetadata> void change(Resource<T> resource, String patch) {
    resource.patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  private <T extends HasMetadata> T there(Class<T> kind, String namespace, String name) {
    eventually(
        kind.getSimpleName() + " " + name + " is there",
        () -> of(kind, namespace, name).get() != null);
    return of(kind, namespace, name).get();
  }

  private <T extends HasMetadata> void gone(Class<T> kind, String namespace, String name) {
    eventually(
        kind.getSimpleName() + " " + name + " is gone",
        () -> of(kind, namespace, name).get() == null);
  }

  private static void eventually(String what, Callable<Boolean> condition) {
    await(what).ignoreExceptions().atMost(PATIENCE).until(condition);
  }
}
