package io.flowcore.operator.apply;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Optional;

/** Compares a planned object with the actual one. */
final class Differences {
  private Differences() {}

  /**
   * Returns the first planned field that is missing or has another value. Further fields of the
   * actual object, such as defaults of the API server and fields of other managers, do not count.
   */
  static Optional<String> first(JsonNode wanted, JsonNode actual) {
    return first("", wanted, actual);
  }

  private static Optional<String> first(String path, JsonNode wanted, JsonNode actual) {
    if (isEmptyValue(wanted)) {
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
            || isSameNumber(wanted, actual)
            || (isQuantity(path) && isSameQuantity(wanted, actual))
        ? Optional.empty()
        : Optional.of(path);
  }

  /** Jackson does not treat an int and a long with the same value as equal. */
  private static boolean isSameNumber(JsonNode wanted, JsonNode actual) {
    return wanted.isIntegralNumber()
        && actual.isIntegralNumber()
        && wanted.bigIntegerValue().equals(actual.bigIntegerValue());
  }

  /** Resource requests and limits, and the storage request of a volume, are quantities. */
  private static boolean isQuantity(String path) {
    return path.contains("requests.") || path.contains("limits.");
  }

  /** The API server normalizes quantities: {@code 0.5} becomes {@code 500m}. */
  private static boolean isSameQuantity(JsonNode wanted, JsonNode actual) {
    try {
      return Quantity.parse(wanted.asText())
              .getNumericalAmount()
              .compareTo(Quantity.parse(actual.asText()).getNumericalAmount())
          == 0;
    } catch (IllegalArgumentException | ArithmeticException e) {
      return false;
    }
  }

  private static boolean isEmptyValue(JsonNode wanted) {
    return wanted.isNull() || (wanted.isContainerNode() && wanted.isEmpty());
  }
}
