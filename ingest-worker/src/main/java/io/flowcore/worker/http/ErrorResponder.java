package io.flowcore.worker.http;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.ConnectionAbortException;
import io.flowcore.worker.http.transport.RequestBody;
import io.flowcore.worker.observe.WorkerMetrics;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends error responses and decides whether the connection can be used for another request.
 *
 * <p>An error is sent before the rest of the body has arrived, since it may never arrive. The rest
 * is read after that, so that the connection stays usable or the client at least receives the
 * response: closing a socket that has unread bytes resets the connection.
 */
final class ErrorResponder {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorResponder.class);

  /** The connection stays open after an error if the body is announced and at most this large. */
  private static final long MAX_KEEP_ALIVE_BYTES = 1 << 20;

  private static final long MAX_DISCARDED_BYTES = 8 << 20;
  private static final long MAX_DISCARD_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final WorkerMetrics metrics;
  private final Responses responses;

  ErrorResponder(WorkerMetrics metrics, Responses responses) {
    this.metrics = metrics;
    this.responses = responses;
  }

  /**
   * Sends an error and discards the rest of the request body.
   *
   * @throws ConnectionAbortException if the connection cannot be used for another request
   */
  void respond(ServerRequest request, ServerResponse response, ApiException error) {
    metrics.rejected(error.code());
    if (response.isSent()) {
      // A response in progress can only be aborted; the client sees that it is truncated.
      throw new ConnectionAbortException(error);
    }
    RequestBody body = RequestBody.of(request);
    boolean unread = body.hasUnreadBytes();
    boolean timedOut = error.code() == ErrorCode.REQUEST_TIMEOUT;
    // A client that waits for 100 Continue need not send its body after a final response, and may
    // send its next request instead (RFC 9110 §10.1.1). Reading on would take that for the body.
    boolean withheld = unread && !request.continueSent();
    boolean close = unread && (timedOut || withheld || !isSmall(request));
    if (close) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    if (request.prologue().method().equals(Method.HEAD)) {
      // A response to HEAD has no body (RFC 9110 §9.3.2): a client would read it as the start of
      // the next response.
      response.status(Status.create(error.code().status())).send();
    } else {
      send(response, error);
    }
    boolean complete =
        !unread
            || (!timedOut && !withheld && body.tryDiscard(MAX_DISCARDED_BYTES, MAX_DISCARD_NANOS));
    if (close || !complete) {
      // Helidon itself would keep reading until the client has sent everything.
      throw new ConnectionAbortException(error);
    }
  }

  /**
   * Sends an error and closes the connection without reading the body.
   *
   * @throws ConnectionAbortException always
   */
  void respondAndClose(ServerResponse response, ApiException error) {
    metrics.rejected(error.code());
    response.header(HeaderValues.CONNECTION_CLOSE);
    send(response, error);
    throw new ConnectionAbortException(error);
  }

  private void send(ServerResponse response, ApiException error) {
    try {
      responses.sendError(response, error);
    } catch (UncheckedIOException e) {
      LOG.debug("An error response could not be sent", e);
      throw new ConnectionAbortException(e);
    }
  }

  private static boolean isSmall(ServerRequest request) {
    OptionalLong length = request.headers().contentLength();
    return length.isPresent() && length.getAsLong() <= MAX_KEEP_ALIVE_BYTES;
  }
}
