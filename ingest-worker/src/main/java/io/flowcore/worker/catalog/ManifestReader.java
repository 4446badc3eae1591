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
import io.flowcore.catalog.ResourceKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the manifests of one YAML or JSON file. Like {@code kubectl apply}, it reports an unknown
 * field as an error.
 */
final class ManifestReader {
  private static final String API_VERSION = "flowcore.io/v1alpha1";

  private static final String API_GROUP = "flowcore.io/";

  private static final Map<ResourceKind, Class<? extends HasMetadata>> CUSTOM_RESOURCES =
      Map.of(
          ResourceKind.DATA_CORE, DataCore.class,
          ResourceKind.FLOW_TYPE, FlowType.class,
          ResourceKind.EVENT_TYPE, EventType.class,
          ResourceKind.WEBHOOK_KEY, WebhookKey.class);

  private static final ObjectMapper YAML =
      new ObjectMapper(
              YAMLFactory.builder().enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL).build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private ManifestReader() {}

  /**
   * The content of a file.
   *
   * @param resources custom resources of Flowcore, and Secrets; others are ignored
   * @param problems what could not be read
   * @param damaged whether the file is not valid YAML, so that it can contain more than was read
   * @param unreadable whether reading failed with an I/O error, so that it must be tried again
   */
  record Manifests(
      List<HasMetadata> resources, List<Problem> problems, boolean damaged, boolean unreadable) {

    /** Returns the ids of the resources. */
    Set<ResourceId> ids() {
      return resources.stream().map(ResourceId::of).collect(Collectors.toSet());
    }

    /** Returns whether the file might contain a resource in the part that could not be read. */
    boolean mightContain(ResourceId id) {
      return damaged
          || problems.stream().anyMatch(problem -> problem.resource().equals(Optional.of(id)));
    }

    /** Returns the content of a file that has become empty, which is not a deletion. */
    static Manifests emptied(Path file) {
      String text =
          file.getFileName()
              + " is empty; its resources stay active until the file is deleted; restore or delete it";
      return new Manifests(List.of(), List.of(new Problem(Optional.empty(), text)), true, false);
    }
  }

  /** A message for users, and the resource that it is about, if its id could be read. */
  record Problem(Optional<ResourceId> resource, String text) {}

  /** Reads a file. Does not throw; the result contains the problems. */
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
      problems.add(
          new Problem(Optional.empty(), "%s is not valid YAML: %s".formatted(name, position(e))));
      return new Manifests(resources, problems, true, false);
    } catch (IOException e) {
      problems.add(
          new Problem(
              Optional.empty(),
              "%s cannot be read: %s; check its permissions"
                  .formatted(name, e.getClass().getSimpleName())));
    }
    return new Manifests(resources, problems, true, true);
  }

  private static void readDocument(
      JsonNode document, String file, List<HasMetadata> resources, List<Problem> problems) {
    if (document.path("kind").asText().equals("List")) {
      document.path("items").forEach(item -> readDocument(item, file, resources, problems));
      return;
    }
    Optional<ResourceKind> kind = ResourceKind.find(document.path("kind").asText());
    String apiVersion = document.path("apiVersion").asText();
    Optional<Class<? extends HasMetadata>> type = kind.flatMap(known -> type(known, apiVersion));
    if (type.isEmpty()) {
      return;
    }
    String name = document.at("/metadata/name").asText("");
    if (name.isEmpty()) {
      problems.add(
          new Problem(
              Optional.empty(), "%s: %s: metadata.name is required".formatted(file, kind.get())));
      return;
    }
    ResourceId id =
        new ResourceId(
            kind.get(),
            document.at("/metadata/namespace").asText(ResourceId.DEFAULT_NAMESPACE),
            name);
    boolean secret = kind.get() == ResourceKind.SECRET;
    if (!secret && !apiVersion.equals(API_VERSION)) {
      problems.add(problem(id, file, "apiVersion is " + apiVersion + "; set it to " + API_VERSION));
      return;
    }
    try {
      resources.add(YAML.treeToValue(document, type.get()));
    } catch (JsonProcessingException e) {
      problems.add(problem(id, file, secret ? "cannot be parsed as a Secret" : explain(e)));
    }
  }

  private static Optional<Class<? extends HasMetadata>> type(ResourceKind kind, String apiVersion) {
    if (kind == ResourceKind.SECRET) {
      return apiVersion.equals("v1") ? Optional.of(Secret.class) : Optional.empty();
    }
    return apiVersion.startsWith(API_GROUP)
        ? Optional.ofNullable(CUSTOM_RESOURCES.get(kind))
        : Optional.empty();
  }

  private static Problem problem(ResourceId id, String file, String text) {
    return new Problem(Optional.of(id), "%s: %s: %s".formatted(file, id, text));
  }

  private static String explain(JsonProcessingException e) {
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          path(unknown.getPath())
              + " is not a field; the fields here are "
              + unknown.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
      case JsonMappingException mapping ->
          path(mapping.getPath()) + " has a value of the wrong type";
      default -> position(e);
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

  /** Returns the position only, because the message of a parser can quote a Secret. */
  private static String position(JsonProcessingException e) {
    return e.getLocation() == null
        ? "it cannot be parsed"
        : "it cannot be parsed at line %d, column %d"
            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
  }
}
