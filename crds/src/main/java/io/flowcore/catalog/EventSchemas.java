package io.flowcore.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.resource.ClasspathSchemaLoader;
import java.util.Map;
import java.util.Optional;

/** JSON Schemas of events: draft 2020-12, one document each. */
public final class EventSchemas {
  private static final SchemaValidatorsConfig CONFIG =
      SchemaValidatorsConfig.builder().regularExpressionFactory(LinearPattern::compile).build();

  /** Fetches nothing, whatever a schema names. */
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(
          VersionFlag.V202012,
          builder ->
              builder.schemaLoaders(loaders ->
                  loaders.values(all -> {
                    all.clear();
                    all.add(new ClasspathSchemaLoader());
                  })));

  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

  private EventSchemas() {}

  /** What makes a schema unusable, if anything does. */
  static Optional<String> problem(JsonNode schema) {
    if (!schema.isObject()) {
      return Optional.of("must be an object");
    }
    Optional<String> foreign = foreignReference(schema);
    if (foreign.isPresent()) {
      return Optional.of(
          "refers to '"
              + foreign.get()
              + "'; only references inside the schema (#/...) are allowed");
    }
    Optional<String> dialect = foreignDialect(schema);
    if (dialect.isPresent()) {
      return Optional.of(
          "names the dialect '" + dialect.get() + "'; only " + DIALECT + " is allowed");
    }
    var errors =
        FACTORY.getSchema(SchemaLocation.of(JsonMetaSchema.getV202012().getIri())).validate(schema);
    if (!errors.isEmpty()) {
      return Optional.of(
          "is no JSON Schema of draft 2020-12: " + errors.iterator().next().getMessage());
    }
    try {
      compile(schema);
      return Optional.empty();
    } catch (StackOverflowError e) {
      return Optional.of("can't be compiled: it refers to itself without end");
    } catch (RuntimeException e) {
      return Optional.of("can't be compiled: " + e.getMessage());
    }
  }

  /**
   * Prepares a schema for use by many threads.
   *
   * @throws RuntimeException if the schema can't be used; a schema of an accepted event type can
   */
  public static JsonSchema compile(JsonNode schema) {
    JsonSchema compiled = FACTORY.getSchema(schema, CONFIG);
    compiled.initializeValidators();
    return compiled;
  }

  /** A dialect that the validator would fetch, or read by other rules than the API promises. */
  private static Optional<String> foreignDialect(JsonNode node) {
    JsonNode named = node.path("$schema");
    if (named.isTextual() && !named.asText().replaceFirst("#$", "").equals(DIALECT)) {
      return Optional.of(named.asText());
    }
    for (JsonNode child : node) {
      Optional<String> inChild = foreignDialect(child);
      if (inChild.isPresent()) {
        return inChild;
      }
    }
    return Optional.empty();
  }

  /** A reference that would make the validator fetch something. */
  private static Optional<String> foreignReference(JsonNode node) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      boolean reference = field.getKey().equals("$ref") || field.getKey().equals("$dynamicRef");
      if (reference && field.getValue().isTextual() && !field.getValue().asText().startsWith("#")) {
        return Optional.of(field.getValue().asText());
      }
    }
    for (JsonNode child : node) {
      Optional<String> inChild = foreignReference(child);
      if (inChild.isPresent()) {
        return inChild;
      }
    }
    return Optional.empty();
  }
}
