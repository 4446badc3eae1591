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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Reads the manifests of one YAML or JSON file. Like {@code kubectl apply}, it resolves aliases and
 * merge keys, and reports an unknown field as an error.
 */
final class ManifestReader {
  private static final String API_VERSION = "flowcore.io/v1alpha1";

  private static final String API_GROUP = "flowcore.io/";

  private static final String SECRET_VERSION = "v1";

  private static final Map<ResourceKind, Class<? extends HasMetadata>> CUSTOM_RESOURCES =
      Map.of(
          ResourceKind.DATA_CORE, DataCore.class,
          ResourceKind.FLOW_TYPE, FlowType.class,
          ResourceKind.EVENT_TYPE, EventType.class,
          ResourceKind.WEBHOOK_KEY, WebhookKey.class);

  private static final ObjectMapper YAML =
      new ObjectMapper(
              new AliasResolver.Factory(
                  YAMLFactory.builder().enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)))
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
      return damaged || problems.stream().anyMatch(problem -> problem.concerns().test(id));
    }

    /** Returns the content of a file that has become empty, which is not a deletion. */
    static Manifests emptied(Path file) {
      String text =
          file.getFileName()
              + " is empty; its resources stay active until the file is deleted; restore or delete it";
      return new Manifests(List.of(), List.of(Problem.ofFile(text)), true, false);
    }
  }

  /**
   * A message for users.
   *
   * @param concerns the resources that the part with the problem can contain
   */
  record Problem(Predicate<ResourceId> concerns, String text) {
    private static Problem ofFile(String text) {
      return new Problem(id -> true, text);
    }
  }

  /** Reads a file. Does not throw; the result contains the problems. */
  static Manifests read(Path file) {
    List<HasMetadata> resources = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    String name = String.valueOf(file.getFileName());
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
      while (documents.hasNextValue()) {
        readDocument(AliasResolver.merge(documents.nextValue()), name, resources, problems);
      }
      return new Manifests(resources, problems, false, false);
    } catch (JsonProcessingException e) {
      problems.add(Problem.ofFile("%s is not valid YAML: %s".formatted(name, position(e))));
      return new Manifests(resources, problems, true, false);
    } catch (IOException e) {
      problems.add(
          Problem.ofFile(
              "%s cannot be read: %s; check its permissions"
                  .formatted(name, e.getClass().getSimpleName())));
    }
    return new Manifests(resources, problems, true, true);
  }

  private static void readDocument(
      JsonNode document, String file, List<HasMetadata> resources, List<Problem> problems) {
    String kindText = text(document, "/kind");
    if (kindText.equals("List")) {
      document.path("items").forEach(item -> readDocument(item, file, resources, problems));
      return;
    }
    Optional<ResourceKind> kind = ResourceKind.find(kindText).filter(ManifestReader::isRead);
    String apiVersion = text(document, "/apiVersion");
    String name = text(document, "/metadata/name");
    if (kind.isEmpty()) {
      // A half-written kind must not delete the resource.
      boolean mightBeSecret =
          kindText.isEmpty()
              && apiVersion.equals(SECRET_VERSION)
              && document.path("metadata").isObject();
      if (apiVersion.startsWith(API_GROUP) || mightBeSecret) {
        problems.add(unknownKind(document, file, kindText));
      }
      return;
    }
    boolean secret = kind.get() == ResourceKind.SECRET;
    boolean ofAnotherApi =
        secret ? !apiVersion.equals(SECRET_VERSION) : !apiVersion.startsWith(API_GROUP);
    if (ofAnotherApi && !apiVersion.isEmpty()) {
      return;
    }
    if (name.isEmpty()) {
      problems.add(
          new Problem(
              id -> id.kind() == kind.get(),
              "%s: %s: metadata.name is required".formatted(file, kind.get())));
      return;
    }
    ResourceId id = new ResourceId(kind.get(), namespace(document), name);
    String expected = secret ? SECRET_VERSION : API_VERSION;
    if (!apiVersion.equals(expected)) {
      String actual = apiVersion.isEmpty() ? "required" : apiVersion;
      problems.add(problem(id, file, "apiVersion is " + actual + "; set it to " + expected));
      return;
    }
    try {
      resources.add(YAML.treeToValue(document, type(kind.get())));
    } catch (JsonProcessingException e) {
      problems.add(problem(id, file, secret ? "cannot be parsed as a Secret" : explain(e)));
    }
  }

  private static String text(JsonNode document, String path) {
    return document.at(path).asText("");
  }

  private static String namespace(JsonNode document) {
    return document.at("/metadata/namespace").asText(ResourceId.DEFAULT_NAMESPACE);
  }

  private static Problem unknownKind(JsonNode document, String file, String kind) {
    String name = text(document, "/metadata/name");
    String namespace = namespace(document);
    String problem = kind.isEmpty() ? "kind is required" : "kind is " + kind;
    return new Problem(
        id -> name.isEmpty() || (id.name().equals(name) && id.namespace().equals(namespace)),
        "%s: %s: %s; Flowcore has the kinds DataCore, FlowType, EventType and WebhookKey"
            .formatted(file, name.isEmpty() ? "a resource without a name" : name, problem));
  }

  private static boolean isRead(ResourceKind kind) {
    return kind == ResourceKind.SECRET || CUSTOM_RESOURCES.containsKey(kind);
  }

  private static Class<? extends HasMetadata> type(ResourceKind kind) {
    return kind == ResourceKind.SECRET ? Secret.class : CUSTOM_RESOURCES.get(kind);
  }

  private static Problem problem(ResourceId id, String file, String text) {
    return new Problem(id::equals, "%s: %s: %s".formatted(file, id, text));
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

  /** Returns no message of a parser, because it can quote a Secret. */
  private static String position(JsonProcessingException e) {
    String problem =
        e instanceof AliasException ? e.getOriginalMessage() + "," : "it cannot be parsed";
    return e.getLocation() == null
        ? problem.replaceFirst(",$", "")
        : String.format(
            Locale.ROOT,
            "%s at line %d, column %d",
            problem,
            e.getLocation().getLineNr(),
            e.getLocation().getColumnNr());
  }
}
