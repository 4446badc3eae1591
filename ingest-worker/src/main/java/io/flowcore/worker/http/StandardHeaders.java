package io.flowcore.worker.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.function.BooleanSupplier;

/**
 * Adds the headers that every response has. Events are data of clients, so no browser may guess
 * their type, and no cache may store them.
 *
 * <p>While the worker shuts down, every response also has {@code Connection: close}. That is
 * decided when the response is sent: only a client that has received the header knows that it must
 * not send another request on the connection, so only such a connection may be closed after its
 * response.
 */
final class StandardHeaders implements Filter {
  private static final Header NO_SNIFF =
      HeaderValues.createCached("X-Content-Type-Options", "nosniff");
  private static final Header NO_STORE =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");

  private final BooleanSupplier shuttingDown;

  /** Creates a filter; {@code shuttingDown} is called for each response, just before it is sent. */
  StandardHeaders(BooleanSupplier shuttingDown) {
    this.shuttingDown = shuttingDown;
  }

  /** Adds the headers that do not depend on the state of the worker. */
  static void addTo(ServerResponseHeaders headers) {
    headers.set(NO_SNIFF);
    headers.set(NO_STORE);
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    addTo(response.headers());
    response.beforeSend(() -> {
      if (shuttingDown.getAsBoolean()) {
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
      }
    });
    chain.proceed();
  }
}
