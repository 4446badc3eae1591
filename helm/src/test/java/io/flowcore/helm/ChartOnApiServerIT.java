package io.flowcore.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.operator.cluster.ApiServerExtension;
import io.flowcore.operator.reconcile.FlowcoreOperator;
import io.flowcore.operator.reconcile.OperatorSettings.Election;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Installs the chart with Helm on a real API server and runs the operator with the chart's roles.
 */
@Requires({OptionalPart.API_SERVER, OptionalPart.HELM})
class ChartOnApiServerIT {
  private static final String SYSTEM = "flowcore-system";
  private static final String RELEASE = "flowcore";
  private static final String SPEC =
      "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Secrets that the examples refer to but do not contain. */
  private static final Map<String, Map<String, String>> SECRETS =
      Map.of(
          "minio-events", Map.of("accessKeyId", "id", "secretAccessKey", "secret"),
          "events-bucket", Map.of("accessKeyId", "id", "secretAccessKey", "secret"),
          "cassandra-login", Map.of("username", "flowcore", "password", "secret"),
          "partner-key", Map.of("key", "fc_partner_0123456789abcdef0123456789abcdef"));

  @RegisterExtension
  private final ApiServerExtension server = ApiServerExtension.empty("shop", SYSTEM);

  private void install(Path chart) throws IOException {
    new Helm(chart)
        .install()
        .withName(RELEASE)
        .withNamespace(SYSTEM)
        .withKubeConfig(server.adminKubeconfig())
        .set("watch.namespaces[0]", "shop")
        .call();
  }

  private FlowcoreOperator createOperator() throws IOException {
    Election election = new Election("test", Duration.ofSeconds(6), () -> {});
    return server.createOperator(Set.of("shop"), Optional.of(election), Clock.systemUTC());
  }

  private static List<HasMetadata> resources(Path example) throws IOException {
    List<HasMetadata> resources = new ArrayList<>();
    try (Stream<Path> files = Files.walk(example)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
        for (JsonNode document : Chart.documents(Files.readString(file))) {
          resources.add(
              Serialization.unmarshal(document.toString(), GenericKubernetesResource.class));
        }
      }
    }
    return resources;
  }

  private static boolean isOurs(HasMetadata resource) {
    return resource.getApiVersion().startsWith("flowcore.io/");
  }

  private static boolean isKnown(HasMetadata resource) {
    return isOurs(resource) || resource.getApiVersion().equals("v1");
  }

  private static List<Path> examples() throws IOException {
    try (Stream<Path> directories = Files.list(Path.of("../examples"))) {
      return Stream.concat(
              directories.filter(Files::isDirectory).filter(one -> !one.endsWith("gitops")),
              Stream.of(Path.of("../examples/gitops/team")))
          .sorted()
          .toList();
    }
  }

  private HasMetadata apply(HasMetadata resource, boolean dry) {
    resource.getMetadata().setNamespace("shop");
    PatchContext.Builder context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager("gitops")
            .withFieldValidation("Strict")
            .withForce(true);
    if (dry) {
      context.withDryRun(List.of("All"));
    }
    return server.admin().resource(resource).patch(context.build());
  }

  private String condition(HasMetadata resource, String type) {
    GenericKubernetesResource now =
        (GenericKubernetesResource) server.admin().resource(resource).get();
    JsonNode status = JSON.valueToTree(now.getAdditionalProperties()).path("status");
    for (JsonNode condition : status.path("conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition.path("status").asText()
            + " "
            + condition.path("reason").asText()
            + ": "
            + condition.path("message").asText();
      }
    }
    return "absent";
  }

  @Test
  void everyExampleIsAcceptedAndReapplyingItChangesNothing() throws IOException {
    install(Chart.DIRECTORY);
    SECRETS.forEach((name, texts) ->
        server
            .admin()
            .resource(
                new SecretBuilder()
                    .withNewMetadata()
                    .withNamespace("shop")
                    .withName(name)
                    .endMetadata()
                    .withStringData(texts)
                    .build())
            .create());
    try (FlowcoreOperator operator = createOperator()) {
      operator.start();
      for (Path example : examples()) {
        List<HasMetadata> resources = resources(example);
        assertThat(resources).as(example.toString()).isNotEmpty();
        resources.stream()
            .filter(ChartOnApiServerIT::isKnown)
            .forEach(resource -> apply(resource, false));
        for (HasMetadata resource : resources) {
          if (isOurs(resource)) {
            String name =
                example.getFileName()
                    + " "
                    + resource.getKind()
                    + " "
                    + resource.getMetadata().getName();
            await()
                .atMost(LONG)
                .untilAsserted(
                    () -> assertThat(condition(resource, "Accepted")).as(name).startsWith("True "));
            await()
                .atMost(LONG)
                .untilAsserted(() ->
                    assertThat(condition(resource, "ResolvedRefs")).as(name).startsWith("True "));
          }
        }
        resources.stream().filter(ChartOnApiServerIT::isOurs).forEach(this::assertNoDrift);
        // Deletes each example before the next, because several use the same names.
        resources.stream()
            .filter(ChartOnApiServerIT::isOurs)
            .forEach(resource -> {
              unprotect(resource);
              server.admin().resource(resource).delete();
            });
        await()
            .atMost(LONG)
            .until(() ->
                resources.stream()
                    .filter(ChartOnApiServerIT::isOurs)
                    .allMatch(resource -> server.admin().resource(resource).get() == null));
      }
    }
  }

  private void unprotect(HasMetadata resource) {
    if (resource.getKind().equals("DataCore")) {
      server
          .admin()
          .resource(resource)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"deletionProtection\":false}}");
    }
  }

  private void assertNoDrift(HasMetadata resource) {
    JsonNode now = comparable(server.admin().resource(resource).get());
    assertThat(comparable(apply(resource, true))).isEqualTo(now);
  }

  /** Removes fields that every write changes, and the status, which may be changing. */
  private static JsonNode comparable(HasMetadata resource) {
    ObjectNode node = JSON.valueToTree(resource);
    ((ObjectNode) node.path("metadata")).remove(List.of("managedFields", "resourceVersion"));
    node.remove("status");
    return node;
  }

  @Test
  void apiServerKnowsEveryFieldForAllValues() throws IOException {
    server.createNamespace("team-a");
    server.createNamespace("team-b");
    for (String values : ChartTest.permutations().toList()) {
      for (JsonNode object : Chart.render(values)) {
        // The CRDs of the Prometheus operator are not installed.
        if (!object.path("apiVersion").asText().startsWith("monitoring.")) {
          HasMetadata resource =
              Serialization.unmarshal(object.toString(), GenericKubernetesResource.class);
          assertThat(server.admin().resource(resource).patch(strictDryRun()))
              .as(values)
              .isNotNull();
        }
      }
    }
  }

  private static PatchContext strictDryRun() {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager("chart")
        .withFieldValidation("Strict")
        .withForce(true)
        .withDryRun(List.of("All"))
        .build();
  }

  @Test
  void upgradeUpdatesCrdsAndReplacesNoWorker() throws IOException {
    Path older = olderChart();
    install(older);
    assertThat(crd("eventtypes").at(SPEC).has("maxEventSize")).isFalse();
    try (FlowcoreOperator operator = createOperator()) {
      operator.start();
      resources(Path.of("../examples/quickstart")).forEach(resource -> apply(resource, false));
      await().atMost(LONG).until(() -> workload() != null);
    }
    long generation = workload().getMetadata().getGeneration();

    new Helm(Chart.DIRECTORY)
        .upgrade()
        .withName(RELEASE)
        .withNamespace(SYSTEM)
        .withKubeConfig(server.adminKubeconfig())
        .set("watch.namespaces[0]", "shop")
        .call();
    assertThat(crd("eventtypes").at(SPEC).has("maxEventSize")).isTrue();
    try (FlowcoreOperator operator = createOperator()) {
      operator.start();
      HasMetadata type =
          resources(Path.of("../examples/quickstart")).stream()
              .filter(resource -> resource.getKind().equals("EventType"))
              .findFirst()
              .orElseThrow();
      apply(type, false);
      server
          .admin()
          .resource(type)
          .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"maxEventSize\":\"1Ki\"}}");
      await()
          .atMost(LONG)
          .until(() ->
              server
                  .admin()
                  .configMaps()
                  .inNamespace("shop")
                  .withName("shop-catalog")
                  .get()
                  .getData()
                  .toString()
                  .contains("1024"));
    }
    assertThat(workload().getMetadata().getGeneration())
        .as("no pod template changed")
        .isEqualTo(generation);
  }

  private StatefulSet workload() {
    return server.admin().apps().statefulSets().inNamespace("shop").withName("shop-ingest").get();
  }

  private JsonNode crd(String plural) {
    return JSON.valueToTree(
        server
            .admin()
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName(plural + ".flowcore.io")
            .get());
  }

  /** Builds a previous release of this chart, whose EventType CRD lacks one field. */
  private Path olderChart() throws IOException {
    Path older = Files.createDirectories(server.directory().resolve("older"));
    try (Stream<Path> files = Files.walk(Chart.DIRECTORY)) {
      for (Path file : files.toList()) {
        Path target = older.resolve(Chart.DIRECTORY.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    Path chart = older.resolve("Chart.yaml");
    Files.writeString(chart, Files.readString(chart).replace("version: 0.1.0", "version: 0.0.9"));
    Path crd = older.resolve("files/crds/eventtypes.flowcore.io.yaml");
    ObjectNode tree = (ObjectNode) Chart.YAML.readTree(Files.readString(crd));
    JsonNode spec = tree.at(SPEC);
    assertThat(((ObjectNode) spec).remove("maxEventSize")).isNotNull();
    Files.writeString(crd, Chart.YAML.writeValueAsString(tree));
    return older;
  }

  @Test
  void uninstallKeepsCrdsResourcesKeysAndVolumes() throws IOException {
    install(Chart.DIRECTORY);
    try (FlowcoreOperator operator = createOperator()) {
      operator.start();
      resources(Path.of("../examples/quickstart")).forEach(resource -> apply(resource, false));
      await().atMost(LONG).until(() -> workload() != null);
    }
    Helm.uninstall(RELEASE).withNamespace(SYSTEM).withKubeConfig(server.adminKubeconfig()).call();

    assertThat(server.admin().apps().deployments().inNamespace(SYSTEM).list().getItems()).isEmpty();
    assertThat(crd("datacores").isMissingNode()).isFalse();
    assertThat(server.admin().resources(DataCore.class).inNamespace("shop").withName("shop").get())
        .isNotNull();
    assertThat(workload()).isNotNull();
    assertThat(server.admin().secrets().inNamespace("shop").withName("shop-keys").get())
        .isNotNull();
    assertThat(server.admin().persistentVolumeClaims().inNamespace("shop").list().getItems())
        .hasSize(1);
  }
}
