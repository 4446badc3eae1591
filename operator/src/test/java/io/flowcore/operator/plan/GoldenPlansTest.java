package io.flowcore.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.ResourceKind;
import io.flowcore.catalog.SecretData;
import io.flowcore.operator.gather.DataCoreInputs;
import io.flowcore.operator.gather.Index;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import io.flowcore.operator.resolve.Resolution;
import io.flowcore.operator.resolve.Resolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Compares plans with golden files. Each scenario is a directory: {@code in-*.yaml} contains what a
 * user applies, {@code out.yaml} the objects planned for the data core {@code shop}, {@code
 * rejected.yaml} the validation failures, and {@code before-*.yaml} the resources of an earlier
 * state. Run with {@code -Dgolden.write=true} to write the golden files.
 */
class GoldenPlansTest {
  private static final Path SCENARIOS = Path.of("src", "test", "resources", "golden");
  private static final boolean WRITE = Boolean.getBoolean("golden.write");
  private static final String NAMESPACE = "team-a";
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of(
          "DataCore", DataCore.class,
          "FlowType", FlowType.class,
          "EventType", EventType.class,
          "WebhookKey", WebhookKey.class,
          "Secret", Secret.class);

  @TestFactory
  Stream<DynamicTest> everyScenarioMatchesItsGoldenFiles() throws IOException {
    return scenarios()
        .map(directory ->
            DynamicTest.dynamicTest(directory.getFileName().toString(), () -> check(directory)));
  }

  private static Stream<Path> scenarios() throws IOException {
    try (Stream<Path> directories = Files.list(SCENARIOS)) {
      return directories.sorted().toList().stream();
    }
  }

  @Test
  void thereAreAtLeastTwentyFiveScenariosAndNoFileIsUnused() throws IOException {
    assertThat(scenarios().count()).isGreaterThanOrEqualTo(25);
    try (Stream<Path> files = Files.walk(SCENARIOS)) {
      assertThat(files.filter(Files::isRegularFile))
          .allMatch(file ->
              file.getFileName()
                  .toString()
                  .matches("((in|before)-[a-z0-9-]+|out|rejected)\\.yaml"));
    }
  }

  private static void check(Path directory) throws Exception {
    Resolution resolution =
        Resolver.resolve(inputs(directory, "in-"), () -> catalogBefore(directory));
    Path out = directory.resolve("out.yaml");
    Path rejected = directory.resolve("rejected.yaml");
    Map<String, Object> failures = failures(resolution);
    assertThat(resolution.verdicts()).as("every scenario has a resource").isNotEmpty();
    compare(
        rejected,
        failures.isEmpty() ? Optional.empty() : Optional.of(YAML.writeValueAsString(failures)));
    if (resolution instanceof Resolution.Accepted accepted) {
      Plan plan = plan(directory, accepted);
      compare(out, Optional.of(text(plan)));
      assertThat(plannedCatalog(plan))
          .as("the catalog that a worker reads")
          .isEqualTo(accepted.catalog());
    } else if (resolution instanceof Resolution.Rejected rejectedCore) {
      compare(out, remains(directory, rejectedCore));
    }
  }

  /** Returns the catalog of the earlier state, if the scenario has one. */
  private static Optional<Catalog> catalogBefore(Path directory) {
    try {
      return Resolver.resolve(inputs(directory, "before-"), Optional::empty)
              instanceof Resolution.Accepted before
          ? Optional.of(before.catalog())
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<String> remains(Path directory, Resolution.Rejected rejected)
      throws IOException {
    if (rejected.lastGood().isEmpty()) {
      return Optional.empty();
    }
    DataCore core = inputs(directory, "in-").dataCore().orElseThrow();
    return Optional.of(text(Planner.catalogObjects(core, rejected.lastGood().get())));
  }

  private static void compare(Path file, Optional<String> expected) throws IOException {
    if (WRITE) {
      Files.deleteIfExists(file);
      if (expected.isPresent()) {
        Files.writeString(file, expected.get());
      }
    }
    Optional<String> actual =
        Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    assertThat(expected.orElse("nothing")).isEqualTo(actual.orElse("nothing"));
  }

  private static Map<String, Object> failures(Resolution resolution) {
    Map<String, Object> rejected = new TreeMap<>();
    resolution
        .verdicts()
        .forEach((id, failures) -> {
          if (!failures.isEmpty()) {
            rejected.put(
                id.toString(),
                failures.stream()
                    .map(failure ->
                        failure.condition() + "/" + failure.reason() + ": " + failure.message())
                    .toList());
          }
        });
    return rejected;
  }

  private static Plan plan(Path directory, Resolution.Accepted accepted) {
    return Planner.plan(
        new PlanInput(
            accepted.dataCore(),
            accepted.catalog(),
            accepted.ownsQueryPath(),
            !directory.getFileName().toString().contains("without-gateway-api"),
            new PlanInput.Defaults("flowcore/ingest-worker:test", "flowcore-system")));
  }

  private static String text(Plan plan) throws IOException {
    return "# url: " + plan.url() + "\n" + text(plan.allObjects());
  }

  private static String text(List<HasMetadata> objects) throws IOException {
    StringBuilder text = new StringBuilder();
    for (HasMetadata object : objects) {
      JsonNode tree = YAML.valueToTree(object);
      text.append("---\n").append(YAML.writeValueAsString(YAML.treeToValue(tree, Object.class)));
    }
    return text.toString();
  }

  /** Reads the planned catalog as a worker does. */
  private static Catalog plannedCatalog(Plan plan) throws Exception {
    String catalog =
        plan.allObjects().stream()
            .filter(ConfigMap.class::isInstance)
            .map(object -> ((ConfigMap) object).getData().get(CatalogCodec.CATALOG_FILE))
            .findFirst()
            .orElseThrow();
    String keys =
        plan.allObjects().stream()
            .filter(Secret.class::isInstance)
            .map(object -> SecretData.decode((Secret) object).get(CatalogCodec.KEYS_FILE))
            .findFirst()
            .orElseThrow();
    return CatalogCodec.read(catalog, keys);
  }

  private static DataCoreInputs inputs(Path directory, String prefix) throws IOException {
    List<HasMetadata> resources = resources(directory, prefix);
    adopt(resources);
    Optional<DataCore> core =
        of(DataCore.class, resources).filter(one -> named(one, "shop")).findFirst();
    List<DataCore> others =
        of(DataCore.class, resources).filter(one -> !named(one, "shop")).toList();
    List<FlowType> flows =
        of(FlowType.class, resources)
            .filter(flow -> Index.dataCore(flow).equals(Optional.of("shop")))
            .toList();
    return new DataCoreInputs(
        new ResourceId(ResourceKind.DATA_CORE, NAMESPACE, "shop"),
        core,
        others.stream().filter(other -> core.isPresent() && sameName(core.get(), other)).toList(),
        others.stream()
            .filter(other -> core.isPresent() && Index.host(other).equals(Index.host(core.get())))
            .filter(other -> Index.host(other).isPresent())
            .toList(),
        flows,
        of(EventType.class, resources).toList(),
        of(WebhookKey.class, resources).toList(),
        of(Secret.class, resources).toList());
  }

  /** Sets the owner of generated Secrets, except for foreign ones, which have annotations. */
  private static void adopt(List<HasMetadata> resources) {
    for (WebhookKey key : of(WebhookKey.class, resources).toList()) {
      of(Secret.class, resources)
          .filter(secret -> named(secret, String.valueOf(key.getSpec().secretName())))
          .filter(secret -> secret.getMetadata().getAnnotations().isEmpty())
          .forEach(secret ->
              secret
                  .getMetadata()
                  .setOwnerReferences(List.of(ManagedMetadata.ownerReference(key))));
    }
  }

  private static boolean named(HasMetadata resource, String name) {
    return resource.getMetadata().getName().equals(name);
  }

  private static boolean sameName(DataCore one, DataCore other) {
    return Objects.equals(one.getSpec().tenant(), other.getSpec().tenant())
        && Objects.equals(one.getSpec().name(), other.getSpec().name());
  }

  private static <T> Stream<T> of(Class<T> kind, List<HasMetadata> resources) {
    return resources.stream().filter(kind::isInstance).map(kind::cast);
  }

  private static HasMetadata read(String document) throws IOException {
    String kind = YAML.readTree(document).path("kind").textValue();
    return Serialization.unmarshal(document, Objects.requireNonNull(KINDS.get(kind), kind));
  }

  private static List<HasMetadata> resources(Path directory, String prefix) throws IOException {
    List<HasMetadata> resources = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        if (file.getFileName().toString().startsWith(prefix)) {
          for (String document : Files.readString(file).split("(?m)^---\n")) {
            HasMetadata resource = read(document);
            resource.getMetadata().setNamespace(NAMESPACE);
            resource.getMetadata().setUid("uid-of-" + resource.getMetadata().getName());
            resource.getMetadata().setGeneration(1L);
            if (resource.getMetadata().getCreationTimestamp() == null) {
              resource.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
            }
            resources.add(resource);
          }
        }
      }
    }
    return resources;
  }
}
