package io.flowcore.worker.http.transport;

import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.util.Locale;

/** Creates the errors of requests that cannot be read. The server answers them and closes. */
final class BadTransport {
  private BadTransport() {}

  static RequestException malformed(String message) {
    return of(Status.BAD_REQUEST_400, message);
  }

  static RequestException otherVersion() {
    return of(
        Status.HTTP_VERSION_NOT_SUPPORTED_505,
        "HTTP/1.1 is required; configure the client or the proxy to use it");
  }

  static RequestException headTooLarge(int limit) {
    return malformed(
        String.format(
            Locale.ROOT,
            "the request line and headers are larger than the limit of %,d bytes",
            limit));
  }

  static RequestException headTooSlow(long seconds) {
    return of(
        Status.REQUEST_TIMEOUT_408,
        "the request line and headers did not arrive within " + seconds + " seconds");
  }

  private static RequestException of(Status status, String message) {
    return RequestException.builder()
        .type(EventType.OTHER)
        .status(status)
        .message(message)
        .safeMessage(true)
        .setKeepAlive(false)
        .build();
  }
}
