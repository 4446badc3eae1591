package io.flowcore.worker.http.transport;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Locale;

/**
 * Ends a connection after the answer where the client or we said that it is the last one, as RFC
 * 9112 §9.6 wants it. The server itself would leave the connection open until it times out, and a
 * client that reads to its end would wait for that.
 */
public final class ConnectionCloseFilter implements Filter {
  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    chain.proceed();
    if (saysClose(request.headers()) || saysClose(response.headers())) {
      throw new ConnectionAbortException(new IllegalStateException("it was the last answer"));
    }
  }

  private static boolean saysClose(Headers headers) {
    return headers
        .first(HeaderNames.CONNECTION)
        .filter(value -> value.toLowerCase(Locale.ROOT).contains("close"))
        .isPresent();
  }
}
