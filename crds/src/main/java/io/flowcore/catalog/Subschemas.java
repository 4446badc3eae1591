package io.flowcore.catalog;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the schemas inside a schema of draft 2020-12: those under keywords that contain schemas,
 * and those that a reference points to. Values of other keywords, such as {@code const}, {@code
 * enum}, {@code default} and {@code examples}, are data, in which keywords have no meaning.
 */
final class Subschemas {
  /** Keywords whose value is a schema, or an array of schemas in earlier drafts. */
  private static final Set<String> SCHEMA =
      Set.of(
          "additionalItems",
          "additionalProperties",
          "contains",
          "contentSchema",
          "else",
          "if",
          "items",
          "not",
          "propertyNames",
          "then",
          "unevaluatedItems",
          "unevaluatedProperties");

  /** Keywords whose value is an array of schemas. */
  private static final Set<String> ARRAY = Set.of("allOf", "anyOf", "oneOf", "prefixItems");

  /** Keywords whose value is an object that contains schemas under names of any kind. */
  private static final Set<String> NAMED =
      Set.of(
          "$defs",
          "definitions",
          "dependencies",
          "dependentSchemas",
          "patternProperties",
          "properties");

  /** Keywords that refer to a schema. */
  private static final List<String> REFERENCES = List.of("$ref", "$dynamicRef");

  private final JsonNode root;
  private final Set<JsonNode> found = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<JsonNode> schemas = new ArrayList<>();
  private final Deque<JsonNode> open = new ArrayDeque<>();

  private Subschemas(JsonNode root) {
    this.root = root;
  }

  /** Returns a schema and all schemas inside it, each once. Booleans are not among them. */
  static List<JsonNode> of(JsonNode schema) {
    Subschemas walk = new Subschemas(schema);
    walk.add(schema);
    while (!walk.open.isEmpty()) {
      walk.expand(walk.open.remove());
    }
    return walk.schemas;
  }

  /** Returns the texts of the references of one schema, without those of schemas inside it. */
  static List<String> references(JsonNode schema) {
    return REFERENCES.stream()
        .map(schema::path)
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue)
        .toList();
  }

  private void add(JsonNode schema) {
    if (schema.isArray()) {
      schema.forEach(this::add);
    } else if (schema.isObject() && found.add(schema)) {
      schemas.add(schema);
      open.add(schema);
    }
  }

  private void expand(JsonNode schema) {
    schema
        .properties()
        .forEach(field -> {
          if (SCHEMA.contains(field.getKey()) || ARRAY.contains(field.getKey())) {
            add(field.getValue());
          } else if (NAMED.contains(field.getKey())) {
            field.getValue().forEach(this::add);
          }
        });
    for (String reference : references(schema)) {
      target(reference).ifPresent(this::add);
    }
  }

  /** A reference can turn data into a schema, for example {@code #/examples/0}. */
  private Optional<JsonNode> target(String reference) {
    if (!reference.startsWith("#/")) {
      return Optional.empty();
    }
    try {
      // A plus sign is not a blank here, unlike in a form.
      String pointer =
          URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
      return Optional.of(root.at(JsonPointer.compile(pointer)));
    } catch (IllegalArgumentException e) {
      // Not a pointer: the validator rejects the reference when it compiles the schema.
      return Optional.empty();
    }
  }
}
