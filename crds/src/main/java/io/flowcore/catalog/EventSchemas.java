package io.flowcore.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.Keyword;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.Vocabulary;
import com.networknt.schema.resource.ClasspathSchemaLoader;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Validates and compiles the JSON Schemas of events: draft 2020-12, one document each. */
public final class EventSchemas {
  /**
   * Stops at the first problem, because only that one is reported. Messages are in English whatever
   * the locale of the machine.
   */
  private static final SchemaValidatorsConfig CONFIG =
      SchemaValidatorsConfig.builder()
          .regularExpressionFactory(LinearPattern::compile)
          .failFast(true)
          .locale(Locale.ROOT)
          .build();

  /** For schemas themselves, whose patterns are those of the draft. */
  private static final SchemaValidatorsConfig DRAFT_CONFIG =
      SchemaValidatorsConfig.builder().locale(Locale.ROOT).build();

  private static final JsonMetaSchema DRAFT = JsonMetaSchema.getV202012();

  /** Does not fetch anything, whatever a schema refers to. */
  private static final JsonSchemaFactory FACTORY =
      JsonSchemaFactory.getInstance(
          VersionFlag.V202012,
          builder ->
              builder
                  .metaSchema(
                      JsonMetaSchema.builder(DRAFT.getIri(), DRAFT)
                          .vocabularyFactory(EventSchemas::vocabulary)
                          .build())
                  .schemaLoaders(loaders ->
                      loaders.values(all -> {
                        all.clear();
                        all.add(new ClasspathSchemaLoader());
                      })));

  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

  private EventSchemas() {}

  /** Replaces a keyword of the vocabulary for validation. Null stands for the validator's own. */
  private static Vocabulary vocabulary(String iri) {
    Vocabulary validation = Vocabulary.V202012_VALIDATION;
    if (!iri.equals(validation.getIri())) {
      return null;
    }
    Keyword uniqueItems = new UniqueItems();
    Keyword[] keywords =
        validation.getKeywords().stream()
            .map(keyword ->
                keyword.getValue().equals(uniqueItems.getValue()) ? uniqueItems : keyword)
            .toArray(Keyword[]::new);
    return new Vocabulary(iri, keywords);
  }

  /** Returns the problem that makes a schema unusable, if any. */
  static Optional<String> findProblem(JsonNode schema) {
    if (!schema.isObject()) {
      return Optional.of("must be an object");
    }
    List<JsonNode> schemas = Subschemas.of(schema);
    Optional<String> foreign = foreignReference(schemas);
    if (foreign.isPresent()) {
      return Optional.of(
          "refers to '"
              + foreign.get()
              + "'; only references inside the schema (#/...) are allowed");
    }
    Optional<String> dialect = foreignDialect(schemas);
    if (dialect.isPresent()) {
      return Optional.of(
          "uses the dialect '" + dialect.get() + "'; only " + DIALECT + " is allowed");
    }
    var errors =
        FACTORY.getSchema(SchemaLocation.of(DRAFT.getIri()), DRAFT_CONFIG).validate(schema);
    if (!errors.isEmpty()) {
      return Optional.of(
          "is not a JSON Schema of draft 2020-12: " + errors.iterator().next().getMessage());
    }
    try {
      compile(schema);
      return Optional.empty();
    } catch (StackOverflowError e) {
      return Optional.of(
          "cannot be compiled: a $ref refers to itself without end; remove the cycle");
    } catch (RuntimeException e) {
      return Optional.of("cannot be compiled: " + e.getMessage());
    }
  }

  /**
   * Compiles a schema for use by multiple threads.
   *
   * @throws RuntimeException if the schema cannot be used, which does not happen for an accepted
   *     event type
   */
  public static JsonSchema compile(JsonNode schema) {
    JsonSchema compiled = FACTORY.getSchema(schema, CONFIG);
    compiled.initializeValidators();
    return compiled;
  }

  /**
   * Finds a dialect that the validator would fetch, or whose rules differ from those of the API.
   */
  private static Optional<String> foreignDialect(List<JsonNode> schemas) {
    return schemas.stream()
        .map(schema -> schema.path("$schema"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue)
        .filter(dialect -> !dialect.replaceFirst("#$", "").equals(DIALECT))
        .findFirst();
  }

  /** Finds a reference that the validator would fetch. */
  private static Optional<String> foreignReference(List<JsonNode> schemas) {
    return schemas.stream()
        .flatMap(schema -> Subschemas.references(schema).stream())
        .filter(reference -> !reference.startsWith("#"))
        .findFirst();
  }
}
