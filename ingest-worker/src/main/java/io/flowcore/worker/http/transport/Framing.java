package io.flowcore.worker.http.transport;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Checks that the end of a request body is unambiguous. Helidon understands only the simplest forms
 * of Transfer-Encoding and Content-Length; in any other form it would read the body as the next
 * request. A client behind a proxy could use that to smuggle requests past it, so such a request
 * must be rejected and its connection closed (RFC 9112 §6.3).
 */
public final class Framing {
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  private Framing() {}

  /** Returns why the end of the body is ambiguous, or empty if it is clear. */
  public static Optional<String> findProblem(ServerRequest request) {
    List<String> encodings = request.headers().values(HeaderNames.TRANSFER_ENCODING);
    List<String> lengths = request.headers().values(HeaderNames.CONTENT_LENGTH);
    if (!encodings.isEmpty() && !encodings.equals(List.of("chunked"))) {
      return Optional.of(
          "Transfer-Encoding is '"
              + String.join(", ", encodings)
              + "'; the only supported value is chunked, once and in lower case");
    }
    if (!encodings.isEmpty() && !lengths.isEmpty()) {
      return Optional.of(
          "Content-Length and Transfer-Encoding are both present; send only one of them");
    }
    if (lengths.size() > 1
        || !lengths.stream().allMatch(length -> LENGTH.matcher(length).matches())) {
      return Optional.of(
          "Content-Length is '"
              + String.join(", ", lengths)
              + "'; send it once, as a decimal number of bytes");
    }
    return Optional.empty();
  }
}
