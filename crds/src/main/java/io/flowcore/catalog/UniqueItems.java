package io.flowcore.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.BaseJsonValidator;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonValidator;
import com.networknt.schema.Keyword;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.ValidationContext;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.ValidatorTypeCode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The keyword {@code uniqueItems}. The validator's own keyword puts the items into a hash set.
 * Items with equal hash codes, which a sender can choose, need quadratic time there. This one
 * compares texts: a hash set sorts the texts of one hash code, so that their number hardly matters.
 */
final class UniqueItems implements Keyword {
  @Override
  public String getValue() {
    return ValidatorTypeCode.UNIQUE_ITEMS.getValue();
  }

  @Override
  public JsonValidator newValidator(
      SchemaLocation schemaLocation,
      JsonNodePath evaluationPath,
      JsonNode value,
      JsonSchema parent,
      ValidationContext context) {
    return new Validator(schemaLocation, evaluationPath, value, parent, context);
  }

  private static final class Validator extends BaseJsonValidator {
    private final boolean required;

    Validator(
        SchemaLocation schemaLocation,
        JsonNodePath evaluationPath,
        JsonNode value,
        JsonSchema parent,
        ValidationContext context) {
      super(schemaLocation, evaluationPath, value, parent, ValidatorTypeCode.UNIQUE_ITEMS, context);
      required = value.booleanValue();
    }

    @Override
    public Set<ValidationMessage> validate(
        ExecutionContext context, JsonNode node, JsonNode root, JsonNodePath location) {
      if (!required || !node.isArray() || node.size() < 2) {
        return Set.of();
      }
      Set<String> texts = new HashSet<>();
      for (JsonNode item : node) {
        StringBuilder text = new StringBuilder();
        append(item, text);
        if (!texts.add(text.toString())) {
          return Set.of(
              message()
                  .instanceNode(node)
                  .instanceLocation(location)
                  .locale(context.getExecutionConfig().getLocale())
                  .failFast(context.isFailFast())
                  .build());
        }
      }
      return Set.of();
    }
  }

  /** Appends a text that two values share exactly if they are equal. */
  private static void append(JsonNode value, StringBuilder text) {
    if (value.isObject()) {
      Map<String, JsonNode> sorted = new TreeMap<>();
      value.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
      text.append('{');
      sorted.forEach((name, child) -> {
        appendText(name, text);
        append(child, text);
      });
      text.append('}');
    } else if (value.isArray()) {
      text.append('[');
      for (JsonNode child : value) {
        append(child, text);
      }
      text.append(']');
    } else if (value.isTextual()) {
      appendText(value.textValue(), text);
    } else {
      text.append(value.asText()).append(',');
    }
  }

  /** The length before the text keeps it apart from what follows. */
  private static void appendText(String value, StringBuilder text) {
    text.append('"').append(value.length()).append('"').append(value);
  }
}
