package io.flowcore.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the objects that the chart renders from its values. */
@Requires(OptionalPart.HELM)
class ChartTest {
  /** Values that cover all conditional objects and parts of objects. */
  static Stream<String> permutations() {
    return Stream.of(
        "{}",
        EVERYTHING,
        "watch: {allNamespaces: true}",
        "crds: {install: false}",
        "rbac: {create: false}\nserviceAccount: {create: false, name: mine}",
        "networkPolicy: {enabled: false}\npodDisruptionBudget: {enabled: false}\ndeletionProtection: false",
        "fullnameOverride: x",
        "operator: {replicas: 1, image: {digest: 'sha256:0123456789012345678901234567890123456789012345678901234567890123'}}");
  }

  private static final String EVERYTHING =
      """
      watch: {namespaces: [team-b, team-a]}
      operator:
        javaOptions: -Xss512k
        nodeSelector: {pool: system}
        tolerations: [{key: system, operator: Exists}]
        affinity: {nodeAffinity: {}}
        priorityClassName: system
        podLabels: {team: platform}
        podAnnotations: {a: b}
        userIds: Assigned
      imagePullSecrets: [{name: registry}]
      serviceAccount: {annotations: {role: arn}}
      metrics:
        serviceMonitor: {enabled: true, labels: {release: prometheus}}
        podMonitor: {enabled: true}
        alerts: {enabled: true}
        dashboard: {enabled: true}
      """;

  /** Kinds with model classes, which reject unknown fields. */
  private static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          Map.entry("Deployment", Deployment.class),
          Map.entry("Service", Service.class),
          Map.entry("ServiceAccount", ServiceAccount.class),
          Map.entry("NetworkPolicy", NetworkPolicy.class),
          Map.entry("PodDisruptionBudget", PodDisruptionBudget.class),
          Map.entry("ClusterRole", ClusterRole.class),
          Map.entry("ClusterRoleBinding", ClusterRoleBinding.class),
          Map.entry("Role", Role.class),
          Map.entry("RoleBinding", RoleBinding.class),
          Map.entry("CustomResourceDefinition", CustomResourceDefinition.class));

  private static final ObjectMapper STRICT =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  @Test
  void chartPassesStrictHelmLint() {
    LintResult result = Chart.helm().lint().strict().call();
    assertThat(result.isFailed()).as(String.join("\n", result.getMessages())).isFalse();
  }

  @ParameterizedTest
  @MethodSource("permutations")
  void everyObjectHasOnlyKnownFieldsAndTheRecommendedLabels(String values) throws IOException {
    List<JsonNode> objects = Chart.render(values);
    assertThat(objects).hasSizeGreaterThan(3);
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode object : objects) {
      String kind = object.path("kind").asText();
      String name = object.at("/metadata/name").asText();
      assertThat(names.add(kind + "/" + object.at("/metadata/namespace").asText() + "/" + name))
          .as(kind + "/" + name + " must be rendered once")
          .isTrue();
      if (KINDS.containsKey(kind)) {
        STRICT.treeToValue(object, KINDS.get(kind));
      }
      assertThat(object.at("/metadata/labels/app.kubernetes.io~1part-of").asText())
          .as(kind + "/" + name)
          .isEqualTo("flowcore");
    }
  }

  @Test
  void operatorMeetsTheRestrictedPodSecurityStandard() throws IOException {
    PodSpec pod =
        STRICT
            .treeToValue(Chart.only("Deployment", Chart.render("{}")), Deployment.class)
            .getSpec()
            .getTemplate()
            .getSpec();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getContainers())
        .allSatisfy(container -> {
          assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
          assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
          assertThat(container.getSecurityContext().getCapabilities().getDrop())
              .containsExactly("ALL");
          assertThat(container.getResources().getLimits()).containsKey("memory");
        });
  }

  @Test
  void rolesAreBoundOnlyInWatchedNamespaces() {
    List<JsonNode> own = Chart.render("{}");
    assertThat(namespacesOf("RoleBinding", own)).containsOnly("team-a");
    assertThat(Chart.ofKind("ClusterRoleBinding", own))
        .singleElement()
        .satisfies(
            binding -> assertThat(binding.at("/roleRef/name").asText()).endsWith("operator-crds"));

    List<JsonNode> two = Chart.render("watch: {namespaces: [team-c, team-b]}");
    assertThat(
            Chart.ofKind("RoleBinding", two).stream()
                .filter(binding -> binding.at("/roleRef/kind").asText().equals("ClusterRole"))
                .map(binding -> binding.at("/metadata/namespace").asText()))
        .containsExactlyInAnyOrder("team-b", "team-c");
    assertThat(environment("FLOWCORE_NAMESPACES", two)).isEqualTo("team-b,team-c");

    List<JsonNode> all = Chart.render("watch: {allNamespaces: true}");
    assertThat(Chart.ofKind("ClusterRoleBinding", all)).hasSize(2);
    assertThat(namespacesOf("RoleBinding", all)).as("binding for leases").containsExactly("team-a");
    assertThat(environment("FLOWCORE_NAMESPACES", all)).isEmpty();
  }

  private static List<String> namespacesOf(String kind, List<JsonNode> objects) {
    return Chart.ofKind(kind, objects).stream()
        .map(object -> object.at("/metadata/namespace").asText())
        .toList();
  }

  private static String environment(String name, List<JsonNode> objects) {
    for (JsonNode variable :
        Chart.only("Deployment", objects).at("/spec/template/spec/containers/0/env")) {
      if (variable.path("name").asText().equals(name)) {
        return variable.path("value").asText();
      }
    }
    throw new AssertionError(name + " is not set");
  }

  @Test
  void selectorDoesNotDependOnValues() {
    assertThat(Chart.map(Chart.only("Deployment", Chart.render(EVERYTHING)).at("/spec/selector")))
        .as("the selector of a Deployment is immutable")
        .isEqualTo(
            Map.of(
                "matchLabels",
                Map.of(
                    "app.kubernetes.io/name", "flowcore-operator",
                    "app.kubernetes.io/instance", "fc")));
  }

  @Test
  void crdsAreKeptOnUninstallUnlessKeepIsFalse() {
    assertThat(Chart.ofKind("CustomResourceDefinition", Chart.render("{}")))
        .hasSize(4)
        .allSatisfy(crd ->
            assertThat(crd.at("/metadata/annotations/helm.sh~1resource-policy").asText())
                .isEqualTo("keep"));
    assertThat(Chart.ofKind("CustomResourceDefinition", Chart.render("crds: {keep: false}")))
        .hasSize(4)
        .allSatisfy(crd ->
            assertThat(crd.at("/metadata/annotations/helm.sh~1resource-policy").isMissingNode())
                .isTrue());
  }

  @Test
  void filesOfTheChartAreCopiesOfProjectFiles() throws IOException {
    try (DirectoryStream<Path> crds = Files.newDirectoryStream(Path.of("../crds/manifests"))) {
      for (Path crd : crds) {
        assertThat(Chart.DIRECTORY.resolve("files/crds").resolve(crd.getFileName()))
            .as("copy it with: cp crds/manifests/*.yaml helm/flowcore/files/crds/")
            .hasSameTextualContentAs(crd);
      }
    }
    for (String file : List.of("rbac.yaml", "deletion-protection.yaml")) {
      assertThat(Chart.DIRECTORY.resolve("files").resolve(file))
          .as("copy it with: cp operator/manifests/*.yaml helm/flowcore/files/")
          .hasSameTextualContentAs(Path.of("../operator/manifests").resolve(file));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          operator: {replicas: two}                                    | replicas
          operator: {replica: 2}                                       | replica
          watch: {allNamespaces: true, namespaces: [a]}                | namespaces
          watch: {namespaces: [Team]}                                  | namespaces
          operator: {userIds: Root}                                    | userIds
          metrics: {alerts: {archiveLagHours: 0}}                      | archiveLagHours
          operator: {image: {digest: abc}}                             | digest
          serviceAccount: {create: false}                              | serviceAccount.name
          """)
  void invalidValuesAreRejectedByName(String values, String name) {
    assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(name);
  }

  @Test
  void tableOfValuesMatchesCommentsAndEveryValueHasAComment() throws IOException {
    Path readme = Chart.DIRECTORY.resolve("README.md");
    String expected = ValuesTable.readme(Files.readString(Chart.DIRECTORY.resolve("values.yaml")));
    if (Boolean.getBoolean("chart.write")) {
      Files.writeString(readme, expected);
    }
    assertThat(Files.readString(readme))
        .as("regenerate it with -Dchart.write=true")
        .isEqualTo(expected);
  }

  @Test
  void everyMetricOfAlertsAndDashboardExistsInTheCode() throws IOException {
    String sources =
        sources(Path.of("../ingest-worker/src/main/java"))
            + sources(Path.of("../operator/src/main/java"));
    String text =
        Chart.only("PrometheusRule", Chart.render(EVERYTHING)).toString()
            + Files.readString(Chart.DIRECTORY.resolve("files/dashboard.json"));
    Matcher metric = Pattern.compile("flowcore_[a-z_]+").matcher(text);
    TreeSet<String> unknown = new TreeSet<>();
    int count = 0;
    while (metric.find()) {
      count++;
      String name = metric.group().replaceAll("_(bucket|count|sum)$", "");
      boolean known =
          Stream.of(
                  name,
                  name.replaceAll("_total$", ""),
                  name.replaceAll("_seconds$", ""),
                  name.replaceAll("_bytes$", ""))
              .anyMatch(one -> sources.contains("\"" + one.replace('_', '.') + "\""));
      if (!known) {
        unknown.add(metric.group());
      }
    }
    assertThat(count).isGreaterThan(15);
    assertThat(unknown).isEmpty();
  }

  private static String sources(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      StringBuilder text = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        text.append(Files.readString(file));
      }
      return text.toString();
    }
  }

  @Test
  void notesContainResourcesThatCanBeApplied() throws Exception {
    String notes =
        Chart.helm()
            .install()
            .withName("fc")
            .withNamespace("team-a")
            .withKubeVersion("1.30.0")
            .clientOnly()
            .dryRun()
            .call()
            .getOutput();
    String command =
        notes.substring(
            notes.indexOf("kubectl --namespace team-a apply"), notes.indexOf("Check the status"));
    List<JsonNode> resources = Chart.documents(applied(command));
    assertThat(resources)
        .extracting(resource -> resource.path("kind").asText())
        .containsExactly("DataCore", "FlowType", "EventType", "WebhookKey");
    assertThat(notes).contains("deployment/fc-flowcore-operator", "--namespace team-a");
  }

  /** Returns the standard input that the command passes to kubectl. */
  private static String applied(String command) throws IOException, InterruptedException {
    Process shell = new ProcessBuilder("sh", "-s").redirectErrorStream(true).start();
    try (var in = shell.outputWriter()) {
      in.write("kubectl() { [ \"$3 $4 $5\" = 'apply -f -' ] && cat; }\n" + command);
    }
    String output =
        new String(shell.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void everyAlertHasARunbookSection() throws IOException {
    String runbook = Files.readString(Path.of("../docs/operations.md"));
    JsonNode rules = Chart.only("PrometheusRule", Chart.render(EVERYTHING)).at("/spec/groups");
    TreeSet<String> alerts = new TreeSet<>();
    for (JsonNode group : rules) {
      for (JsonNode rule : group.path("rules")) {
        String alert = rule.path("alert").asText();
        alerts.add(alert);
        assertThat(rule.at("/annotations/runbook_url").asText())
            .endsWith("#" + alert.toLowerCase(java.util.Locale.ROOT));
        assertThat(rule.at("/annotations/summary").asText()).isNotBlank();
      }
    }
    TreeSet<String> sections =
        Pattern.compile("(?m)^### (Flowcore\\w+)$")
            .matcher(runbook)
            .results()
            .map(result -> result.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(sections).isEqualTo(alerts);
  }
}
