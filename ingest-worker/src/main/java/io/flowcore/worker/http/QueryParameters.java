package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.query.EventQuery;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Reads the parameters of queries, from a URL, from a JSON body, or from both. */
final class QueryParameters {
  private final Function<String, Optional<String>> source;

  /**
   * Creates parameters from a source that maps a name to its value. An empty value counts as
   * absent.
   */
  private QueryParameters(Function<String, Optional<String>> source) {
    this.source = name -> source.apply(name).filter(value -> !value.isEmpty());
  }

  /** Reads the parameters of a URL. */
  static QueryParameters fromUrl(ServerRequest request) {
    return new QueryParameters(name -> request.query().first(name).asOptional());
  }

  /** Reads the fields of a JSON object. */
  static QueryParameters fromBody(JsonNode body) {
    return new QueryParameters(
        name -> body.hasNonNull(name) ? Optional.of(body.get(name).asText()) : Optional.empty());
  }

  /** Reads from the URL and from the body. The URL takes precedence. */
  static QueryParameters fromUrlOrBody(ServerRequest request, JsonNode body) {
    QueryParameters inUrl = fromUrl(request);
    QueryParameters inBody = fromBody(body);
    return new QueryParameters(name -> inUrl.text(name).or(() -> inBody.text(name)));
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
                .orElseThrow(
                    () -> invalid(name, "is '" + text + "'; it must be a version-1 UUID")));
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
                            + "'; it must have the form yyyyMMddHH0000, from "
                            + TimeBucket.MIN
                            + " to "
                            + TimeBucket.MAX)));
  }

  /** Reads a UUID in its 36-character form. */
  static UUID uuid(String name, String text) {
    if (text.length() != 36) {
      throw invalid(name, "is '" + text + "'; it must be a UUID");
    }
    return parse(name, text, UUID::fromString, "a UUID");
  }

  /**
   * Reads the cursor of a list of time buckets: the next hour. It is a number because the published
   * clients expect one.
   */
  Optional<TimeBucket> bucketCursor() {
    return text("cursor")
        .map(text -> {
          int hour = parse("cursor", text, Integer::valueOf, "a number");
          if (hour < 0 || hour > TimeBucket.MAX.hour()) {
            throw invalid("cursor", "is " + hour + "; use the nextCursor of the previous page");
          }
          return new TimeBucket(hour);
        });
  }

  private static <T> T parse(String name, String text, Function<String, T> parser, String form) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw invalid(name, "is '" + text + "'; it must be " + form);
    }
  }

  /** Returns an error that names a parameter and its problem. */
  static ApiException invalid(String name, String problem) {
    return new ApiException(ErrorCode.INVALID_PARAMETER, "parameter " + name + " " + problem);
  }
}
