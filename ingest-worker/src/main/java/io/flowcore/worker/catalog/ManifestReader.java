package io.flowcore.worker.catalog;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.api.v1alpha1.DataCore;
import io.flowcore.api.v1alpha1.EventType;
import io.flowcore.api.v1alpha1.FlowType;
import io.flowcore.api.v1alpha1.WebhookKey;
import io.flowcore.catalog.ResourceId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the manifests of one YAML or JSON file. Strict as {@code kubectl apply} is: an unknown
 * field is an error.
 */
final class ManifestReader {
  private static final String API_VERSION = "flowcore.io/v1alpha1";

  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of(
          "DataCore", DataCore.class,
          "FlowType", FlowType.class,
          "EventType", EventType.class,
          "WebhookKey", WebhookKey.class);

  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder().enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL).build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private ManifestReader() {}

  /**
   * What a file holds.
   *
   * @param resources of our kinds, and Secrets; others are passed over
   * @param problems what could not be read
   * @param damaged whether the file as a whole is no YAML, so that it may hold more than was read
   * @param unreadable whether the disk or its permissions are to blame, so that another attempt is
   *     worth while
   */
  record Manifests(
      List<HasMetadata> resources, List<Problem> problems, boolean damaged, boolean unreadable) {

    /** The ids of what was read. */
    Set<ResourceId> ids() {
      return resources.stream().map(ResourceId::of).collect(Collectors.toSet());
    }

    /** Whether a resource may stand where nothing could be read. */
    boolean mayHold(ResourceId id) {
      return damaged
          || problems.stream().anyMatch(problem -> problem.resource().equals(Optional.of(id)));
    }

    /** A file that is empty now and was not before: somebody is about to write it, or slipped. */
    static Manifests emptied(Path file) {
      String text =
          file.getFileName() + " is empty; what it held stays in force until it is deleted";
      return new Manifests(List.of(), List.of(new Problem(Optional.empty(), text)), true, false);
    }
  }

  /** A sentence for people, and the resource that it is about where that much could be read. */
  record Problem(Optional<ResourceId> resource, String text) {}

  static Manifests read(Path file) {
    List<HasMetadata> resources = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    String name = String.valueOf(file.getFileName());
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
      while (documents.hasNextValue()) {
        readDocument(documents.nextValue(), name, resources, problems);
      }
      return new Manifests(resources, problems, false, false);
    } catch (JsonProcessingException e) {
      problems.add(new Problem(Optional.empty(), "%s is no YAML: %s".formatted(name, where(e))));
      return new Manifests(resources, problems, true, false);
    } catch (IOException e) {
      problems.add(
          new Problem(
              Optional.empty(),
              "%s can't be read: %s".formatted(name, e.getClass().getSimpleName())));
    }
    return new Manifests(resources, problems, true, true);
  }

  private static void readDocument(
      JsonNode document, String file, List<HasMetadata> resources, List<Problem> problems) {
    if (document.path("kind").asText().equals("List")) {
      document.path("items").forEach(item -> readDocument(item, file, resources, problems));
      return;
    }
    String kind = document.path("kind").asText();
    String apiVersion = document.path("apiVersion").asText();
    boolean secret = kind.equals("Secret") && apiVersion.equals("v1");
    boolean ours = KINDS.containsKey(kind) && apiVersion.startsWith("flowcore.io/");
    if (!secret && !ours) {
      return;
    }
    String name = document.at("/metadata/name").asText("");
    if (name.isEmpty()) {
      problems.add(
          new Problem(Optional.empty(), "%s: %s: metadata.name is required".formatted(file, kind)));
      return;
    }
    ResourceId id =
        new ResourceId(
            kind, document.at("/metadata/namespace").asText(ResourceId.DEFAULT_NAMESPACE), name);
    if (ours && !apiVersion.equals(API_VERSION)) {
      problems.add(
          problem(id, file, "apiVersion is " + apiVersion + "; this worker reads " + API_VERSION));
      return;
    }
    Class<? extends HasMetadata> type = secret ? Secret.class : KINDS.get(kind);
    try {
      resources.add(YAML.treeToValue(document, type));
    } catch (JsonProcessingException e) {
      problems.add(problem(id, file, secret ? "can't be read" : explain(e)));
    }
  }

  private static Problem problem(ResourceId id, String file, String text) {
    return new Problem(Optional.of(id), "%s: %s: %s".formatted(file, id, text));
  }

  private static String explain(JsonProcessingException e) {
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          path(unknown.getPath())
              + " is no field; the fields here are "
              + unknown.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
      case JsonMappingException mapping ->
          path(mapping.getPath()) + " has a value of the wrong type";
      default -> where(e);
    };
  }

  private static String path(List<JsonMappingException.Reference> path) {
    StringBuilder text = new StringBuilder();
    for (var step : path) {
      if (step.getFieldName() == null) {
        text.append('[').append(step.getIndex()).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return text.toString();
  }

  /** The place only: the message of a parser could quote a Secret. */
  private static String where(JsonProcessingException e) {
    return e.getLocation() == null
        ? "it can't be parsed"
        : "it can't be parsed at line %d, column %d"
            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
  }
}
