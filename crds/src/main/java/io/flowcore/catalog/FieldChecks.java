package io.flowcore.catalog;

import io.flowcore.api.v1alpha1.Patterns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads the fields of one resource and collects what is wrong with them.
 *
 * <p>An API server has checked most of this by the CRD's schema. A folder of manifests has no API
 * server, and a stored resource may be older than a rule; so everything that the catalog relies on
 * is checked here.
 */
final class FieldChecks {
  private static final Pattern NAME = Pattern.compile(Patterns.NAME);

  private final List<ValidationFailure> refusals = new ArrayList<>();

  List<ValidationFailure> refusals() {
    return refusals;
  }

  void invalid(String field, String problem) {
    refusals.add(ValidationFailure.of(ValidationFailure.Reason.Invalid, field + " " + problem));
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
              + "'; only lower-case letters, digits and . _ - are allowed, with a letter or digit at each end");
    }
    return value;
  }

  static String text(String value) {
    return value == null ? "" : value;
  }

  /** A duration in seconds between two bounds, or the default where the field is left out. */
  long seconds(String field, String value, long whenAbsent, long min, long max) {
    return bounded(
        field,
        value,
        whenAbsent,
        min,
        max,
        Durations::parseSeconds,
        Durations::format,
        "a duration such as 5d, 12h, 30m, 45s or 1d12h");
  }

  /** A size in bytes between 1 and a bound, or the default where the field is left out. */
  long bytes(String field, String value, long whenAbsent, long max) {
    return bounded(
        field,
        value,
        whenAbsent,
        1,
        max,
        Sizes::parseBytes,
        bytes -> bytes + " bytes",
        "a size such as 65536, 64Ki or 10Mi");
  }

  private long bounded(
      String field,
      String value,
      long whenAbsent,
      long min,
      long max,
      Function<String, OptionalLong> parser,
      Function<Long, String> printer,
      String form) {
    if (value == null) {
      return whenAbsent;
    }
    OptionalLong parsed = parser.apply(value);
    if (parsed.isEmpty()) {
      invalid(field, "is '" + value + "', which is not " + form);
      return whenAbsent;
    }
    long number = parsed.getAsLong();
    if (number < min || number > max) {
      invalid(
          field,
          "is " + value + "; it must be from " + printer.apply(min) + " to " + printer.apply(max));
      return whenAbsent;
    }
    return number;
  }

  int count(String field, Integer value, int whenAbsent, int min, int max) {
    if (value == null) {
      return whenAbsent;
    }
    if (value < min || value > max) {
      invalid(field, "is " + value + "; it must be from " + min + " to " + max);
      return whenAbsent;
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
