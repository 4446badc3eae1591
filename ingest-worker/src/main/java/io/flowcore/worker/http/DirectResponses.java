package io.flowcore.worker.http;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/**
 * Responds in the form of the HTTP contract to requests that Helidon rejects before routing, for
 * example because they are not valid HTTP.
 */
final class DirectResponses {
  private DirectResponses() {}

  /** Returns handlers for all kinds of such requests. */
  static DirectHandlers handlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, DirectResponses::response);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse response(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    ApiException error =
        switch (type) {
          // From the transport, which has a message for the client.
          case OTHER -> new ApiException(transportError(status), message);
          // Handlers map their own exceptions, so an internal error at this point comes from
          // reading a truncated request.
          case BAD_REQUEST, HTTP_VERSION_NOT_SUPPORTED, INTERNAL_ERROR ->
              new ApiException(
                  ErrorCode.BAD_REQUEST,
                  "the request is not valid HTTP, or it is truncated; check the request line and the headers");
          case PAYLOAD_TOO_LARGE ->
              new ApiException(ErrorCode.REQUEST_TOO_LARGE, "the request is too large");
          case FORBIDDEN -> new ApiException(ErrorCode.FORBIDDEN, "forbidden");
        };
    StandardHeaders.addTo(headers);
    return DirectHandler.TransportResponse.builder()
        .status(Status.create(error.code().status()))
        .headers(headers)
        .header(HeaderValues.CONTENT_TYPE_JSON)
        .keepAlive(false)
        .entity(ErrorBody.encode(error))
        .build();
  }

  private static ErrorCode transportError(Status status) {
    return switch (status.code()) {
      case 408 -> ErrorCode.REQUEST_TIMEOUT;
      case 505 -> ErrorCode.HTTP_VERSION;
      default -> ErrorCode.BAD_REQUEST;
    };
  }
}
