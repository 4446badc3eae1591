package io.flowcore.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a schema costs and reports, apart from which events it accepts. */
class EventSchemasTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "0",
          "1",
          "1.0",
          "7",
          "\"a\"",
          "\"abcdef\"",
          "[]",
          "[1]",
          "[1,1]",
          "[1,1.0]",
          "[\"1\",1,[1],{\"a\":1}]",
          "[[1,2],[12]]",
          "[\"a\",\"b\",\"a\"]",
          "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]",
          "[{\"a\":1,\"b\":2},{\"b\":1,\"a\":2}]",
          "[{\"a\":\"b\"},{\"a\":[\"b\"]}]",
          "[null,true,false,null]",
          "{}",
          "{\"a\":1}",
          "{\"a\":\"x\"}",
          "{\"a\":1,\"b\":\"x\"}",
          "{\"a\":\"x\",\"b\":\"y\",\"c\":[1,1]}",
          "{\"b\":[1,\"x\",1]}");

  private static Set<ValidationMessage> validate(String schema, String value) throws IOException {
    return EventSchemas.compile(JSON.readTree(schema)).validate(JSON.readTree(value));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"uniqueItems\":true}",
        "{\"uniqueItems\":false}",
        "{\"anyOf\":[{\"type\":\"integer\"},{\"required\":[\"a\",\"b\"]},{\"uniqueItems\":true,\"type\":\"array\"}]}",
        "{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":5,\"type\":\"number\"},{\"required\":[\"a\"]},{\"properties\":{\"a\":{\"type\":\"string\"}},\"type\":\"object\"}]}",
        "{\"allOf\":[{\"type\":\"object\"},{\"properties\":{\"a\":{\"type\":\"integer\"}}}]}",
        "{\"not\":{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}}",
        "{\"not\":{\"uniqueItems\":true}}",
        "{\"if\":{\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"string\"}}},\"then\":{\"required\":[\"b\"]},\"else\":{\"type\":[\"array\",\"object\"]}}",
        "{\"contains\":{\"type\":\"string\"}}",
        "{\"contains\":{\"type\":\"integer\"},\"minContains\":2,\"maxContains\":2}",
        "{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"number\"},\"maxItems\":2}",
        "{\"prefixItems\":[{\"type\":\"integer\"}],\"unevaluatedItems\":{\"type\":\"string\"}}",
        "{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]},{\"properties\":{\"b\":{\"type\":\"array\"}},\"required\":[\"b\"]}],\"unevaluatedProperties\":false}",
        "{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}},\"propertyNames\":{\"enum\":[\"a\",\"b\"]}}",
        "{\"$defs\":{\"s\":{\"type\":\"string\",\"minLength\":2}},\"additionalProperties\":{\"$ref\":\"#/$defs/s\"}}",
        "{\"patternProperties\":{\"^a\":{\"not\":{\"type\":\"string\"}}},\"minProperties\":1,\"enum\":[{\"a\":1},[1,1],1]}"
      })
  void acceptsExactlyTheEventsThatACompleteValidationAccepts(String schema) throws IOException {
    for (String value : VALUES) {
      JsonNode node = JSON.readTree(value);
      Set<ValidationMessage> complete =
          JsonSchemaFactory.getInstance(VersionFlag.V202012)
              .getSchema(JSON.readTree(schema))
              .validate(node);
      assertThat(EventSchemas.compile(JSON.readTree(schema)).validate(node).isEmpty())
          .as("%s for %s", schema, value)
          .isEqualTo(complete.isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"const", "default", "x-note"})
  void keywordsInsideDataHaveNoMeaning(String keyword) throws IOException {
    for (String data :
        List.of(
            "{\"$ref\":\"https://example.com/other\"}",
            "{\"$ref\":\"other.json#/a\"}",
            "{\"$dynamicRef\":\"https://example.com/other#x\"}",
            "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}",
            "{\"$id\":\"https://example.com/s\",\"$anchor\":\"a\",\"$dynamicAnchor\":\"a\"}",
            "{\"properties\":{\"a\":{\"$ref\":\"https://example.com/other\"}}}",
            "{\"pattern\":\"(\",\"type\":7}")) {
      String schema = "{\"properties\":{\"a\":{\"%s\":%s}}}".formatted(keyword, data);
      assertThat(EventSchemas.findProblem(JSON.readTree(schema))).as(schema).isEmpty();
      assertThat(validate(schema, "{\"a\":" + data + "}")).as(schema).isEmpty();
      for (String list : List.of("enum", "examples")) {
        String more = "{\"%s\":[%s,{}]}".formatted(list, data);
        assertThat(EventSchemas.findProblem(JSON.readTree(more))).as(more).isEmpty();
        assertThat(validate(more, data)).as(more).isEmpty();
      }
    }
    assertThat(validate("{\"const\":{\"$ref\":\"#/x\"}}", "{\"$ref\":\"#/y\"}")).hasSize(1);
  }

  @Test
  void propertiesCanHaveTheNamesOfKeywords() throws IOException {
    String schema =
        "{\"properties\":{\"$ref\":{\"type\":\"string\"},\"$schema\":{\"type\":\"string\"},\"const\":{\"enum\":[1]}},"
            + "\"required\":[\"$ref\"]}";

    assertThat(EventSchemas.findProblem(JSON.readTree(schema))).isEmpty();
    assertThat(validate(schema, "{\"$ref\":\"x\",\"const\":1}")).isEmpty();
    assertThat(validate(schema, "{\"$ref\":5}")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "{\"properties\":{\"const\":%s}}",
        "{\"patternProperties\":{\"a\":%s}}",
        "{\"$defs\":{\"enum\":%s}}",
        "{\"definitions\":{\"a\":%s}}",
        "{\"dependentSchemas\":{\"a\":%s}}",
        "{\"dependencies\":{\"a\":%s}}",
        "{\"additionalProperties\":%s}",
        "{\"unevaluatedProperties\":%s}",
        "{\"propertyNames\":%s}",
        "{\"items\":%s}",
        "{\"unevaluatedItems\":%s}",
        "{\"contains\":%s}",
        "{\"contentSchema\":%s}",
        "{\"not\":%s}",
        "{\"if\":%s}",
        "{\"then\":%s}",
        "{\"else\":%s}",
        "{\"prefixItems\":[true,%s]}",
        "{\"allOf\":[%s]}",
        "{\"anyOf\":[%s]}",
        "{\"oneOf\":[{\"not\":{\"items\":%s}}]}",
        "{\"$ref\":\"#/examples/0\",\"examples\":[%s]}",
        "{\"$dynamicRef\":\"#/x-more/a~1b%%20c\",\"x-more\":{\"a/b c\":%s}}"
      })
  void referencesToOtherDocumentsAreFoundWhereverASchemaIs(String schema) throws IOException {
    for (String keyword : List.of("$ref", "$dynamicRef")) {
      JsonNode foreign =
          JSON.readTree(schema.formatted("{\"" + keyword + "\":\"https://example.com/a\"}"));
      assertThat(EventSchemas.findProblem(foreign))
          .hasValueSatisfying(
              text -> assertThat(text).contains("refers to 'https://example.com/a'"));
    }
    JsonNode dialect =
        JSON.readTree(
            schema.formatted("{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}"));
    assertThat(EventSchemas.findProblem(dialect))
        .hasValueSatisfying(text -> assertThat(text).contains("uses the dialect"));
  }

  @Test
  void aDeepSchemaAndACycleOfReferencesAreWalkedOnce() throws IOException {
    String deep = "{\"not\":".repeat(900) + "{}" + "}".repeat(900);
    assertThat(Subschemas.of(JSON.readTree(deep))).hasSize(901);
    assertThat(
            Subschemas.of(
                JSON.readTree(
                    "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"not\":{\"$ref\":\"#\"}},\"b\":{\"$ref\":\"#/%zz\"}}}")))
        .hasSize(4);
  }

  @Test
  void uniqueItemsAppliesToArraysOnly() throws IOException {
    assertThat(validate("{\"uniqueItems\":true}", "{\"a\":1,\"b\":1}")).isEmpty();
    assertThat(validate("{\"uniqueItems\":true}", "[1,1]")).hasSize(1);
  }

  @Test
  void stopsAtTheFirstProblem() throws IOException {
    String schema = "{\"items\":{\"type\":\"string\"}}";

    assertThat(validate(schema, "[" + "1,".repeat(9_999) + "1]")).hasSize(1);
  }

  @Test
  void messagesAreInEnglishInEveryLocale() throws IOException {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.of("ar", "EG"));
      assertThat(validate("{\"uniqueItems\":true}", "[1,1]"))
          .extracting(ValidationMessage::getMessage)
          .singleElement()
          .asString()
          .contains("unique items");
      assertThat(validate("{\"maxItems\":1}", "[1,1]"))
          .extracting(ValidationMessage::getMessage)
          .singleElement()
          .asString()
          .contains("at most 1 items");
      assertThat(EventSchemas.findProblem(JSON.readTree("{\"type\":1}")))
          .hasValueSatisfying(text -> assertThat(text).matches("\\p{ASCII}+"));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void uniqueItemsCostNotMuchMoreIfTheItemsHaveEqualHashCodes() throws IOException {
    // "Aa" and "BB" have equal hash codes, and so have all texts of these two pairs.
    List<String> colliding = new ArrayList<>(List.of(""));
    for (int i = 0; i < 13; i++) {
      List<String> longer = new ArrayList<>();
      for (String text : colliding) {
        longer.add(text + "Aa");
        longer.add(text + "BB");
      }
      colliding = longer;
    }
    List<String> distinct = new ArrayList<>();
    for (int i = 0; i < colliding.size(); i++) {
      distinct.add(String.format(Locale.ROOT, "%026d", i));
    }
    assertThat(nanos(colliding)).isLessThan(5 * nanos(distinct) + 20_000_000);
  }

  /** Returns the shortest of several times, so that other work of the machine does not count. */
  private static long nanos(List<String> texts) throws IOException {
    var schema = EventSchemas.compile(JSON.readTree("{\"uniqueItems\":true}"));
    JsonNode items = JSON.readTree("[[\"" + String.join("\"],[\"", texts) + "\"]]");
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      assertThat(schema.validate(items)).isEmpty();
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest;
  }
}
