package io.flowcore.worker.http.transport;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Closes the connection after a response if the request or the response has {@code Connection:
 * close} (RFC 9112 §9.6). Helidon leaves such a connection open until it times out, and a client
 * that reads until the end of the stream would wait for that.
 *
 * <p>It also closes the connection if no handler has read the body and its rest is large, slow, or
 * withheld. Helidon would read on until the client has sent everything, however much that is.
 */
public final class ConnectionCloseFilter implements Filter {
  private static final long MAX_DISCARDED_BYTES = 64 << 10;
  private static final long MAX_DISCARD_NANOS = TimeUnit.SECONDS.toNanos(1);

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    chain.proceed();
    if (hasConnectionClose(request.headers()) || hasConnectionClose(response.headers())) {
      throw new ConnectionAbortException(
          new IllegalStateException("the message had Connection: close"));
    }
    RequestBody body = RequestBody.of(request);
    if (body.hasUnreadBytes()
        && !(request.continueSent() && body.tryDiscard(MAX_DISCARDED_BYTES, MAX_DISCARD_NANOS))) {
      throw new ConnectionAbortException(new IllegalStateException("the body was not read"));
    }
  }

  private static boolean hasConnectionClose(Headers headers) {
    return headers
        .first(HeaderNames.CONNECTION)
        .filter(value -> value.toLowerCase(Locale.ROOT).contains("close"))
        .isPresent();
  }
}
