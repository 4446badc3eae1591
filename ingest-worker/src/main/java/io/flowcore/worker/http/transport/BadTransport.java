package io.flowcore.worker.http.transport;

import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;

/** Creates the errors of requests that cannot be read. The server answers them and closes. */
final class BadTransport {
  private static final Status HEADERS_TOO_LARGE =
      Status.create(431, "Request Header Fields Too Large");

  private BadTransport() {}

  static RequestException malformed(String message) {
    return of(Status.BAD_REQUEST_400, message);
  }

  static RequestException otherVersion() {
    return of(Status.HTTP_VERSION_NOT_SUPPORTED_505, "HTTP/1.1 is required");
  }

  static RequestException headTooLarge(int limit) {
    return of(
        HEADERS_TOO_LARGE,
        "the request line and headers are larger than " + limit + " bytes, which is the limit");
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
