package io.flowcore.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The CRDs in {@code crds/manifests} are generated from the records of this package.
 *
 * <p>After a change of the records, run the build once with {@code -Dcrds.write=true} and commit
 * the result.
 */
class CrdManifestsTest {
  private static final Path COMMITTED = Path.of("manifests");
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .build());

  /** Maximum size in bytes of the annotation that client-side {@code kubectl apply} writes. */
  private static final int CLIENT_SIDE_APPLY_LIMIT = 262_144;

  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of(
          "datacores", DataCore.class,
          "flowtypes", FlowType.class,
          "eventtypes", EventType.class,
          "webhookkeys", WebhookKey.class);

  @ParameterizedTest
  @ValueSource(strings = {"datacores", "flowtypes", "eventtypes", "webhookkeys"})
  void committedManifestMatchesModel(String plural, @TempDir Path work) throws IOException {
    String generated = generate(plural, work);
    Path committed = COMMITTED.resolve(plural + ".flowcore.io.yaml");
    if (Boolean.getBoolean("crds.write")) {
      Files.createDirectories(COMMITTED);
      Files.writeString(committed, generated);
    }
    assertThat(committed).exists().content().isEqualTo(generated);
  }

  @Test
  void releaseOfManifestsMatchesProjectVersion() throws IOException {
    String pom = Files.readString(Path.of("..", "pom.xml"));
    assertThat(pom).contains("<version>" + ApiRelease.VERSION + "-SNAPSHOT</version>");
  }

  @Test
  void everyManifestFitsIntoClientSideApply() throws IOException {
    for (String plural : KINDS.keySet()) {
      assertThat(Files.size(COMMITTED.resolve(plural + ".flowcore.io.yaml")))
          .isLessThan(CLIENT_SIDE_APPLY_LIMIT / 4);
    }
  }

  @Test
  void everyFieldHasDescriptionAndBoundsAndNoDefault() throws IOException {
    for (String plural : KINDS.keySet()) {
      JsonNode crd = YAML.readTree(COMMITTED.resolve(plural + ".flowcore.io.yaml").toFile());
      JsonNode spec = crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
      checkField(plural + ".spec", spec);
    }
  }

  private static void checkField(String path, JsonNode schema) {
    assertThat(schema.has("default")).as("%s has a default", path).isFalse();
    String type = schema.path("type").asText();
    if (type.equals("string") && !schema.has("enum")) {
      assertThat(schema.has("maxLength") || schema.has("pattern"))
          .as("%s is bounded", path)
          .isTrue();
    }
    if (type.equals("integer")) {
      assertThat(schema.has("minimum")).as("%s has a minimum", path).isTrue();
    }
    if (type.equals("array")) {
      assertThat(schema.has("maxItems")).as("%s has maxItems", path).isTrue();
      checkField(path + "[]", schema.get("items"));
    }
    schema
        .path("properties")
        .properties()
        .forEach(property -> {
          String child = path + "." + property.getKey();
          assertThat(property.getValue().path("description").asText())
              .as("%s is described", child)
              .isNotEmpty();
          checkField(child, property.getValue());
        });
  }

  @SuppressWarnings("unchecked") // the generator accepts a generic array
  private static String generate(String plural, Path work) throws IOException {
    new CRDGenerator()
        .customResourceClasses(KINDS.get(plural))
        .forCRDVersions("v1")
        .inOutputDir(work.toFile())
        .generate();
    ObjectNode crd =
        (ObjectNode) YAML.readTree(work.resolve(plural + ".flowcore.io-v1.yml").toFile());
    refine(crd);
    return "# Generated from the records in crds/src/main/java; see CrdManifestsTest.\n"
        + YAML.writeValueAsString(crd);
  }

  /** Adds schema elements that the generator has no annotation for. */
  private static void refine(ObjectNode crd) {
    ObjectNode version = (ObjectNode) crd.at("/spec/versions/0");
    ObjectNode root = (ObjectNode) version.at("/schema/openAPIV3Schema");
    root.putArray("required").add("spec");
    ((ObjectNode) crd.get("metadata"))
        .withObject("/annotations")
        .put(ApiRelease.ANNOTATION, ApiRelease.VERSION);
    JsonNode schema = root.at("/properties/spec/properties/schema");
    if (schema instanceof ObjectNode eventSchema) {
      eventSchema.put("type", "object");
    }
    orderColumns(
        (ArrayNode) version.get("additionalPrinterColumns"),
        KINDS.get(crd.at("/spec/names/plural").asText()));
    markLists(root);
  }

  /** Restores the order of columns in the class; the generator sorts them by path. */
  private static void orderColumns(ArrayNode columns, Class<?> kind) {
    Map<String, JsonNode> byName = new HashMap<>();
    columns.forEach(column -> byName.put(column.get("name").asText(), column));
    columns.removeAll();
    for (AdditionalPrinterColumn column :
        kind.getAnnotationsByType(AdditionalPrinterColumn.class)) {
      columns.add(byName.get(column.name()));
    }
  }

  /**
   * Sets list types: conditions are maps by type, names are sets. Server-side apply can then merge
   * the entries of several field managers.
   */
  private static void markLists(JsonNode schema) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      if (property.getValue() instanceof ObjectNode list
          && list.path("type").asText().equals("array")) {
        List<String> keys = listKeys(property.getKey());
        if (!keys.isEmpty()) {
          list.put("x-kubernetes-list-type", "map");
          if (property.getKey().equals("conditions")) {
            requireConditionFields((ObjectNode) list.get("items"));
          }
          ArrayNode names = list.putArray("x-kubernetes-list-map-keys");
          keys.forEach(names::add);
        } else if (list.at("/items/type").asText().equals("string")) {
          list.put("x-kubernetes-list-type", "set");
        } else {
          list.put("x-kubernetes-list-type", "atomic");
        }
        markLists(list.get("items"));
      } else {
        markLists(property.getValue());
      }
    }
  }

  /**
   * Requires the fields that {@code metav1.Condition} requires. An API server rejects a list map
   * whose keys are optional.
   */
  private static void requireConditionFields(ObjectNode condition) {
    ArrayNode required = condition.putArray("required");
    List.of("lastTransitionTime", "message", "reason", "status", "type").forEach(required::add);
  }

  @Test
  void everyKeyOfEveryListMapIsRequired() throws IOException {
    for (String plural : KINDS.keySet()) {
      checkListKeys(
          plural, YAML.readTree(COMMITTED.resolve(plural + ".flowcore.io.yaml").toFile()));
    }
  }

  private static void checkListKeys(String path, JsonNode node) {
    for (JsonNode key : node.path("x-kubernetes-list-map-keys")) {
      assertThat(node.at("/items/required")).as("%s: required", path).contains(key);
    }
    for (Map.Entry<String, JsonNode> child : node.properties()) {
      checkListKeys(path + "." + child.getKey(), child.getValue());
    }
    for (JsonNode element : node.isArray() ? node : YAML.createArrayNode()) {
      checkListKeys(path, element);
    }
  }

  private static List<String> listKeys(String field) {
    return switch (field) {
      case "conditions" -> List.of("type");
      case "imagePullSecrets" -> List.of("name");
      case "allow" -> List.of("flowType");
      default -> List.of();
    };
  }
}
