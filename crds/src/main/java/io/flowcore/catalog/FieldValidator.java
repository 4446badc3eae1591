package io.flowcore.catalog;

import io.flowcore.api.v1alpha1.Patterns;
import io.flowcore.catalog.ValidationFailure.Reason;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads the fields of one resource and collects its validation failures.
 *
 * <p>An API server has checked most fields against the CRD's schema. A directory of manifests has
 * no API server, and a stored resource can be older than a rule, so everything that the catalog
 * relies on is checked here.
 */
final class FieldValidator {
  private static final Pattern NAME = Pattern.compile(Patterns.NAME);

  /** How a quantity is parsed and printed. */
  private record Format(
      Function<String, OptionalLong> parser, Function<Long, String> printer, String description) {}

  private static final Format DURATION =
      new Format(
          Durations::parseSeconds,
          Durations::format,
          "a duration such as 5d, 12h, 30m, 45s or 1d12h");

  private static final Format SIZE =
      new Format(
          Sizes::parseBytes,
          bytes -> bytes == 1 ? "1 byte" : bytes + " bytes",
          "a size such as 65536, 64Ki or 10Mi");

  private final List<ValidationFailure> failures = new ArrayList<>();

  /** Returns a copy of the failures so far. */
  List<ValidationFailure> failures() {
    return List.copyOf(failures);
  }

  boolean hasFailures() {
    return !failures.isEmpty();
  }

  void reject(Reason reason, String message) {
    failures.add(ValidationFailure.of(reason, message));
  }

  void invalid(String field, String problem) {
    reject(Reason.INVALID, field + " " + problem);
  }

  <T> void required(String field, T value) {
    if (value == null) {
      invalid(field, "is required");
    }
  }

  String name(String field, String value, int maxLength) {
    if (value == null || value.isEmpty()) {
      invalid(field, "is required");
      return "";
    }
    if (value.length() > maxLength) {
      invalid(
          field, "has " + value.length() + " characters; at most " + maxLength + " are allowed");
    } else if (!NAME.matcher(value).matches()) {
      invalid(
          field,
          "is '"
              + value
              + "'; only lowercase letters, digits and . _ - are allowed, with a letter or digit at each end");
    }
    return value;
  }

  /** Returns the text, or an empty one if the field is absent. */
  static String orEmpty(String value) {
    return value == null ? "" : value;
  }

  /** Returns a duration in seconds within two bounds, or the default if the field is absent. */
  long seconds(String field, String value, long defaultValue, long min, long max) {
    return bounded(field, value, defaultValue, min, max, DURATION);
  }

  /** Returns a size in bytes from 1 to a bound, or the default if the field is absent. */
  long bytes(String field, String value, long defaultValue, long max) {
    return bounded(field, value, defaultValue, 1, max, SIZE);
  }

  /** Checks that a Kubernetes quantity of bytes, if it is present, is not below a minimum. */
  void atLeast(String field, String value, long min) {
    if (value == null) {
      return;
    }
    Optional<BigDecimal> bytes = Sizes.parseQuantity(value);
    if (bytes.isEmpty()) {
      invalid(field, "is '" + value + "', which is not a quantity such as 20Gi");
    } else if (bytes.get().compareTo(BigDecimal.valueOf(min)) < 0) {
      invalid(field, "is " + value + "; it must be at least " + (min >> 20) + "Mi");
    }
  }

  private long bounded(
      String field, String value, long defaultValue, long min, long max, Format format) {
    if (value == null) {
      return defaultValue;
    }
    OptionalLong parsed = format.parser().apply(value);
    if (parsed.isEmpty()) {
      invalid(field, "is '" + value + "', which is not " + format.description());
      return defaultValue;
    }
    long number = parsed.getAsLong();
    if (number < min || number > max) {
      invalid(
          field,
          "is "
              + value
              + "; it must be from "
              + format.printer().apply(min)
              + " to "
              + format.printer().apply(max));
      return defaultValue;
    }
    return number;
  }

  int count(String field, Integer value, int defaultValue, int min, int max) {
    if (value == null) {
      return defaultValue;
    }
    if (value < min || value > max) {
      invalid(field, "is " + value + "; it must be from " + min + " to " + max);
      return defaultValue;
    }
    return value;
  }

  <T> Optional<T> parsed(String field, String value, Function<String, T> parser, String form) {
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(parser.apply(value));
    } catch (RuntimeException e) {
      invalid(field, "is '" + value + "', which is not " + form);
      return Optional.empty();
    }
  }
}
