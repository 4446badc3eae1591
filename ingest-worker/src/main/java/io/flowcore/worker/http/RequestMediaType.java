package io.flowcore.worker.http;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.BodyReader.Body;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Content-Type of a request that ingests events.
 *
 * @param name media type in lower case, without parameters; {@code application/json} if the request
 *     has no Content-Type
 * @param charset the parameter {@code charset} in lower case
 */
record RequestMediaType(String name, Optional<String> charset) {
  private static final String JSON = "application/json";
  private static final String MULTIPART = "multipart/form-data";

  /** {@code curl -d} sends this type, whatever the body contains. */
  private static final String FORM = "application/x-www-form-urlencoded";

  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]*)", Pattern.CASE_INSENSITIVE);

  /** Charsets in which every JSON text of UTF-8 bytes has its own meaning. */
  private static final Set<String> UTF_8_OR_SUBSET = Set.of("", "utf-8", "utf8", "us-ascii");

  /** Parses the value of a Content-Type header. */
  static RequestMediaType of(Optional<String> contentType) {
    String text = contentType.filter(value -> !value.isBlank()).orElse(JSON);
    int end = text.indexOf(';');
    Matcher charset = CHARSET.matcher(text);
    return new RequestMediaType(
        (end < 0 ? text : text.substring(0, end)).strip().toLowerCase(Locale.ROOT),
        charset.find() ? Optional.of(charset.group(1).toLowerCase(Locale.ROOT)) : Optional.empty());
  }

  boolean isMultipart() {
    return name.equals(MULTIPART);
  }

  /**
   * Requires a type that can contain JSON.
   *
   * @throws ApiException with {@code unsupported_media_type} for any other type
   */
  void requireJson() {
    boolean accepted =
        name.equals(JSON)
            || name.endsWith("+json")
            || name.equals("text/json")
            || name.equals("text/plain")
            || name.equals(FORM);
    if (!accepted) {
      throw unsupported(
          "Content-Type is '"
              + name
              + "'; send "
              + JSON
              + (isMultipart()
                  ? ", or send files to /file/{tenant}/{dataCore}/{flowType}/{eventType}"
                  : ""));
    }
  }

  /**
   * Requires a form with a file.
   *
   * @throws ApiException with {@code unsupported_media_type} for any other type
   */
  void requireMultipart() {
    if (!isMultipart()) {
      throw unsupported("Content-Type is '" + name + "'; send " + MULTIPART);
    }
  }

  /**
   * Requires that a body is what its type says, as far as it can be told without parsing: a form is
   * accepted only if it is JSON, and bytes whose meaning depends on the charset only in UTF-8.
   *
   * @throws ApiException with {@code unsupported_media_type}
   */
  void requireMatch(Body body) {
    if (name.equals(FORM) && !startsLikeJson(body)) {
      throw unsupported(
          "Content-Type is '"
              + FORM
              + "' and the body is not a JSON object or array; send JSON as "
              + JSON);
    }
    if (charset.isPresent() && !UTF_8_OR_SUBSET.contains(charset.get()) && !isAscii(body)) {
      throw unsupported(
          "Content-Type names the charset '"
              + charset.get()
              + "' and the body has characters outside ASCII; encode the body in UTF-8 and send charset=utf-8");
    }
  }

  /** An empty body is left to the JSON parser, whose error says what is missing. */
  private static boolean startsLikeJson(Body body) {
    for (int i = 0; i < body.length(); i++) {
      byte b = body.bytes()[i];
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b == '{' || b == '[';
      }
    }
    return true;
  }

  private static boolean isAscii(Body body) {
    for (int i = 0; i < body.length(); i++) {
      if (body.bytes()[i] < 0) {
        return false;
      }
    }
    return true;
  }

  private static ApiException unsupported(String message) {
    return new ApiException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message);
  }
}
