package io.flowcore.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** docs/api.md is generated from the CRDs. */
class ApiReferenceTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Path DOCUMENT = Path.of("../docs/api.md");
  private static final List<String> KINDS =
      List.of("datacores", "flowtypes", "eventtypes", "webhookkeys");
  private static final String HEAD =
      """
      # API reference

      The custom resources of `flowcore.io/v1alpha1`. This page is generated from `crds/manifests`; `kubectl explain datacore.spec` prints the
      same descriptions. All resources are namespaced. References cannot cross namespaces. For terms, see the [glossary](glossary.md).

      Most descriptions state what a change of the field costs. *Live reload*: the workers load the new catalog within seconds and do not
      restart. *Rolling restart*: the operator replaces the workers' pods.
      """;

  @Test
  void documentMatchesCrds() throws IOException {
    StringBuilder text = new StringBuilder(HEAD);
    for (String plural : KINDS) {
      kind(text, YAML.readTree(Path.of("manifests", plural + ".flowcore.io.yaml").toFile()));
    }
    if (Boolean.getBoolean("crds.write")) {
      Files.writeString(DOCUMENT, text);
    }
    assertThat(Files.readString(DOCUMENT))
        .as("regenerate it with -Dcrds.write=true")
        .isEqualTo(text.toString());
  }

  private static void kind(StringBuilder text, JsonNode crd) {
    JsonNode names = crd.at("/spec/names");
    JsonNode version = crd.at("/spec/versions/0");
    text.append("\n## ").append(names.path("kind").asText()).append("\n\n");
    JsonNode schema = version.at("/schema/openAPIV3Schema");
    if (schema.has("description")) {
      text.append(sentence(schema.path("description").asText())).append("\n\n");
    }
    List<String> shortNames = new ArrayList<>();
    names.path("shortNames").forEach(name -> shortNames.add("`" + name.asText() + "`"));
    text.append("Short name ").append(String.join(", ", shortNames)).append(".\n");
    for (String part : List.of("spec", "status")) {
      text.append("\n### ").append(names.path("kind").asText()).append(" ").append(part);
      text.append("\n\n| field | type | |\n|---|---|---|\n");
      fields(text, part, schema.path("properties").path(part));
      rules(text, schema.path("properties").path(part));
    }
  }

  private static void fields(StringBuilder text, String path, JsonNode schema) {
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.asText()));
    for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
      String name = path + "." + field.getKey();
      JsonNode value = field.getValue();
      text.append("| `").append(name).append("` | ").append(type(value));
      text.append(required.contains(field.getKey()) ? ", required" : "").append(" | ");
      text.append(sentence(value.path("description").asText())).append(bounds(value));
      text.append(" |\n");
      if (!field.getKey().equals("conditions")) {
        fields(text, name, value);
        fields(text, name + "[]", value.path("items"));
      }
    }
  }

  private static String type(JsonNode schema) {
    if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      return "any";
    }
    if (schema.has("additionalProperties")) {
      return "map of " + schema.at("/additionalProperties/type").asText();
    }
    return schema.path("type").asText().equals("array")
        ? "list of " + schema.at("/items/type").asText()
        : schema.path("type").asText();
  }

  private static String bounds(JsonNode schema) {
    List<String> bounds = new ArrayList<>();
    for (String bound : List.of("minimum", "maximum", "minLength", "maxLength", "maxItems")) {
      if (schema.has(bound)) {
        bounds.add(bound + " " + schema.path(bound).asText());
      }
    }
    if (schema.has("pattern")) {
      bounds.add("`" + schema.path("pattern").asText().replace("|", "\\|") + "`");
    }
    return bounds.isEmpty() ? "" : " (" + String.join(", ", bounds) + ")";
  }

  private static void rules(StringBuilder text, JsonNode schema) {
    List<String> messages = new ArrayList<>();
    collect(messages, schema);
    if (!messages.isEmpty()) {
      text.append("\nValidation rules, by their error messages:\n\n");
      messages.forEach(message -> text.append("- ").append(message).append('\n'));
    }
  }

  private static void collect(List<String> messages, JsonNode schema) {
    schema
        .path("x-kubernetes-validations")
        .forEach(rule -> messages.add(rule.path("message").asText()));
    schema.path("properties").forEach(child -> collect(messages, child));
    if (schema.has("items")) {
      collect(messages, schema.path("items"));
    }
  }

  private static String sentence(String text) {
    return text.replace('\n', ' ').replace("|", "\\|").strip();
  }
}
