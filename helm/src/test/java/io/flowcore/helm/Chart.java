package io.flowcore.helm;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Renders the chart in this process. */
final class Chart {
  static final Path DIRECTORY = Path.of("flowcore");
  static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Chart() {}

  static Helm helm() {
    return new Helm(DIRECTORY);
  }

  /**
   * Renders the objects of a release.
   *
   * @param values the content of a values file
   */
  static List<JsonNode> render(String values) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      try {
        Files.writeString(file, values, UTF_8);
        TemplateCommand command =
            helm()
                .template()
                .withName("fc")
                .withNamespace("team-a")
                .withKubeVersion("1.30.0")
                .withValuesFile(file);
        return documents(command.call());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<JsonNode> documents(String text) throws IOException {
    List<JsonNode> documents = new ArrayList<>();
    for (String document : text.split("(?m)^---\\s*$")) {
      JsonNode node = YAML.readTree(document);
      if (node != null && node.isObject()) {
        documents.add(node);
      }
    }
    return documents;
  }

  static List<JsonNode> ofKind(String kind, List<JsonNode> objects) {
    return objects.stream().filter(object -> object.path("kind").asText().equals(kind)).toList();
  }

  /** Returns the only object of a kind. */
  static JsonNode only(String kind, List<JsonNode> objects) {
    List<JsonNode> found = ofKind(kind, objects);
    if (found.size() != 1) {
      throw new AssertionError("expected one " + kind + ", found " + found.size());
    }
    return found.getFirst();
  }

  static Map<?, ?> map(JsonNode node) {
    return YAML.convertValue(node, Map.class);
  }
}
