package io.flowcore.operator.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Optional;

/** Compares what is wanted with what is there. */
final class Differences {
  private Differences() {}

  /**
   * The first field that is wanted and is not there, or is there with another value. What is there
   * beside what is wanted, such as defaults of the API server and fields of others, does not count.
   */
  static Optional<String> first(JsonNode wanted, JsonNode actual) {
    return first("", wanted, actual);
  }

  private static Optional<String> first(String path, JsonNode wanted, JsonNode actual) {
    if (isNothing(wanted)) {
      return Optional.empty();
    }
    if (wanted.isObject() && actual.isObject()) {
      for (Map.Entry<String, JsonNode> field : wanted.properties()) {
        String inner = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        Optional<String> difference = first(inner, field.getValue(), actual.path(field.getKey()));
        if (difference.isPresent()) {
          return difference;
        }
      }
      return Optional.empty();
    }
    if (wanted.isArray() && actual.isArray() && wanted.size() == actual.size()) {
      for (int i = 0; i < wanted.size(); i++) {
        Optional<String> difference = first(path + "[" + i + "]", wanted.get(i), actual.get(i));
        if (difference.isPresent()) {
          return difference;
        }
      }
      return Optional.empty();
    }
    return wanted.equals(actual)
            || sameNumber(wanted, actual)
            || (isQuantity(path) && sameQuantity(wanted, actual))
        ? Optional.empty()
        : Optional.of(path);
  }

  /** An int and a long of one value are not equal to Jackson. */
  private static boolean sameNumber(JsonNode wanted, JsonNode actual) {
    return wanted.isIntegralNumber()
        && actual.isIntegralNumber()
        && wanted.bigIntegerValue().equals(actual.bigIntegerValue());
  }

  /** Amounts stand by their name in these maps. */
  private static boolean isQuantity(String path) {
    return path.contains("requests.") || path.contains("limits.");
  }

  /** An API server writes amounts in its own way: {@code 0.5} as {@code 500m}. */
  private static boolean sameQuantity(JsonNode wanted, JsonNode actual) {
    try {
      return Quantity.parse(wanted.asText())
              .getNumericalAmount()
              .compareTo(Quantity.parse(actual.asText()).getNumericalAmount())
          == 0;
    } catch (IllegalArgumentException | ArithmeticException e) {
      return false;
    }
  }

  private static boolean isNothing(JsonNode wanted) {
    return wanted.isNull() || (wanted.isContainerNode() && wanted.isEmpty());
  }
}
