package io.flowcore.worker.http.transport;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Locale;

/**
 * Closes the connection after a response if the request or the response has {@code Connection:
 * close} (RFC 9112 §9.6). Helidon leaves such a connection open until it times out, and a client
 * that reads until the end of the stream would wait for that.
 */
public final class ConnectionCloseFilter implements Filter {
  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    chain.proceed();
    if (hasConnectionClose(request.headers()) || hasConnectionClose(response.headers())) {
      throw new ConnectionAbortException(
          new IllegalStateException("the message had Connection: close"));
    }
  }

  private static boolean hasConnectionClose(Headers headers) {
    return headers
        .first(HeaderNames.CONNECTION)
        .filter(value -> value.toLowerCase(Locale.ROOT).contains("close"))
        .isPresent();
  }
}
