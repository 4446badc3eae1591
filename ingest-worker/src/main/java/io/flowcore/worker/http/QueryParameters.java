package io.flowcore.worker.http;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.query.EventQuery;
import io.flowcore.worker.store.ReadOrder;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Reads the parameters of queries, wherever they stand: in a URL or in a body. */
final class QueryParameters {
  private final Function<String, Optional<String>> source;

  /** Reads from a source that knows the value of a name. An empty value counts as none. */
  QueryParameters(Function<String, Optional<String>> source) {
    this.source = name -> source.apply(name).filter(value -> !value.isEmpty());
  }

  Optional<String> text(String name) {
    return source.apply(name);
  }

  String required(String name) {
    return text(name).orElseThrow(() -> invalid(name, "is required"));
  }

  int pageSize() {
    return text("pageSize")
        .map(text -> parse("pageSize", text, Integer::valueOf, "a number"))
        .map(size -> {
          if (size < 1 || size > EventQuery.MAX_PAGE_SIZE) {
            throw invalid(
                "pageSize", "is " + size + "; it must be from 1 to " + EventQuery.MAX_PAGE_SIZE);
          }
          return size;
        })
        .orElse(EventQuery.DEFAULT_PAGE_SIZE);
  }

  ReadOrder order() {
    return switch (text("order").orElse("asc")) {
      case "asc" -> ReadOrder.ASCENDING;
      case "desc" -> ReadOrder.DESCENDING;
      case String other -> throw invalid("order", "is '" + other + "'; it must be asc or desc");
    };
  }

  Optional<EventId> eventId(String name) {
    return text(name)
        .map(text ->
            EventId.parse(text)
                .orElseThrow(() -> invalid(name, "is '" + text + "', which is no version-1 UUID")));
  }

  Optional<TimeBucket> timeBucket(String name) {
    return text(name)
        .map(text ->
            TimeBucket.parse(text)
                .orElseThrow(() ->
                    invalid(
                        name,
                        "is '"
                            + text
                            + "'; it must read yyyyMMddHH0000, from "
                            + TimeBucket.MIN
                            + " to "
                            + TimeBucket.MAX)));
  }

  static UUID uuid(String name, String text) {
    if (text.length() != 36) {
      throw invalid(name, "is '" + text + "', which is no UUID");
    }
    return parse(name, text, UUID::fromString, "a UUID");
  }

  /**
   * The cursor of a list of time buckets: the hour that comes next, as the published clients want
   * it, a number.
   */
  Optional<TimeBucket> bucketCursor() {
    return text("cursor")
        .map(text -> {
          int hour = parse("cursor", text, Integer::valueOf, "a number");
          if (hour < 0 || hour > TimeBucket.MAX.hour()) {
            throw invalid("cursor", "is " + hour + ", which no answer has given");
          }
          return new TimeBucket(hour);
        });
  }

  private static <T> T parse(String name, String text, Function<String, T> parser, String form) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw invalid(name, "is '" + text + "', which is not " + form);
    }
  }

  static ApiException invalid(String name, String problem) {
    return new ApiException(ErrorCode.INVALID_PARAMETER, "the parameter " + name + " " + problem);
  }
}
