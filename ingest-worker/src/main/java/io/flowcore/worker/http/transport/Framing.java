package io.flowcore.worker.http.transport;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a body ends. The server reads only the plainest forms; in any other it takes the body for
 * the next request, which lets a sender behind a proxy slip requests past it. Such a request is
 * refused and its connection closed (RFC 9112 §6.3).
 */
public final class Framing {
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  private Framing() {}

  /** What makes the end of a request's body doubtful, if anything does. */
  public static Optional<String> problem(ServerRequest request) {
    List<String> encodings = request.headers().values(HeaderNames.TRANSFER_ENCODING);
    List<String> lengths = request.headers().values(HeaderNames.CONTENT_LENGTH);
    if (!encodings.isEmpty() && !encodings.equals(List.of("chunked"))) {
      return Optional.of("Transfer-Encoding must be chunked, once and in lower case");
    }
    if (!encodings.isEmpty() && !lengths.isEmpty()) {
      return Optional.of("Content-Length and Transfer-Encoding exclude each other");
    }
    if (lengths.size() > 1
        || !lengths.stream().allMatch(length -> LENGTH.matcher(length).matches())) {
      return Optional.of("Content-Length must stand once and be a number");
    }
    return Optional.empty();
  }
}
