package io.flowcore.worker.http;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.ConnectionAbortException;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps what a handler throws to the error that the client receives. */
final class ErrorMapper {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorMapper.class);

  private ErrorMapper() {}

  /**
   * Returns the error to send.
   *
   * @throws ConnectionAbortException if no response can be sent because the connection is broken
   */
  static ApiException toApiException(Throwable failure) {
    return switch (failure) {
      case ApiException e -> e;
      case ConnectionAbortException e -> throw e;
      case UncheckedIOException e -> throw broken(e);
      case IOException e -> throw broken(e);
      case StoreException e -> storeFailure(e);
      default -> internalError(failure);
    };
  }

  /** The client has disconnected, or stopped in the middle of its body. */
  private static ConnectionAbortException broken(Exception cause) {
    LOG.debug("A client connection broke", cause);
    return new ConnectionAbortException(cause);
  }

  private static ApiException storeFailure(StoreException e) {
    LOG.debug("The store could not serve a request", e);
    ErrorCode code =
        switch (e.kind()) {
          case OVERLOADED -> ErrorCode.OVERLOADED;
          case UNAVAILABLE, UNUSABLE -> ErrorCode.STORE_UNAVAILABLE;
          case CORRUPT -> ErrorCode.DAMAGED_EVENT;
        };
    return new ApiException(code, e.getMessage());
  }

  private static ApiException internalError(Throwable failure) {
    LOG.error("Internal error while handling a request", failure);
    return new ApiException(
        ErrorCode.INTERNAL_ERROR,
        "internal error in the worker; see the worker's log for the cause");
  }
}
