package io.flowcore.worker.http;

import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.auth.RateLimiter;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.store.StoreException;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the handlers of the client API. An authenticated handler checks the key before it reads
 * the body or looks anything up, counts the request as in flight, and sends failures as error
 * responses.
 */
final class RequestHandlers {
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandlers.class);

  private static final String SHUTTING_DOWN =
      "the worker is shutting down; send the request again to reach another worker";

  private final LiveCatalog catalog;
  private final Authenticator authenticator;
  private final RateLimiter rateLimiter = new RateLimiter(System::nanoTime);
  private final InFlightRequests inFlight;
  private final ErrorResponder errors;

  RequestHandlers(
      LiveCatalog catalog,
      Authenticator authenticator,
      InFlightRequests inFlight,
      ErrorResponder errors) {
    this.catalog = catalog;
    this.authenticator = authenticator;
    this.inFlight = inFlight;
    this.errors = errors;
  }

  /** Handles a request whose key is valid. */
  interface Action {
    void run(
        Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
        throws StoreException, IOException;
  }

  /** Returns a handler that authenticates the request and then runs an action. */
  Handler authenticated(Action action) {
    return (request, response) -> handle(request, response, action);
  }

  /** Returns a handler that rejects every method, and names the supported ones. */
  Handler methodNotAllowed(Method... supported) {
    String names = Stream.of(supported).map(Method::text).collect(Collectors.joining(", "));
    ApiException error =
        new ApiException(
            ErrorCode.METHOD_NOT_ALLOWED, "method not allowed; this URL supports only " + names);
    return rejecting(error, response -> response.header(HeaderNames.ALLOW, names));
  }

  /** Returns a handler that sends the same error for every request. */
  Handler rejecting(ErrorCode code, String message) {
    return rejecting(new ApiException(code, message), response -> {});
  }

  private Handler rejecting(ApiException error, Consumer<ServerResponse> headers) {
    return (request, response) -> {
      headers.accept(response);
      errors.respond(request, response, error);
    };
  }

  private void handle(ServerRequest request, ServerResponse response, Action action) {
    inFlight.begin();
    long started = System.nanoTime();
    try {
      authenticateAndRun(request, response, action);
    } catch (StoreException | IOException | RuntimeException | Error e) {
      errors.respond(request, response, ErrorMapper.toApiException(e));
    } finally {
      inFlight.end();
      logRequest(request, response, started);
    }
  }

  private void authenticateAndRun(ServerRequest request, ServerResponse response, Action action)
      throws StoreException, IOException {
    if (inFlight.isRejecting()) {
      throw new ApiException(ErrorCode.OVERLOADED, SHUTTING_DOWN);
    }
    requireNoEncodedSlash(request);
    CatalogIndex snapshot = catalog.current();
    Principal principal =
        authenticator.authenticate(
            request.headers().first(HeaderNames.AUTHORIZATION),
            request.query().first("key").asOptional(),
            snapshot);
    rateLimiter.require(principal.key());
    action.run(principal, snapshot, request, response);
  }

  /** Rejects %2F: the router would decode it and treat the slash as a separator of names. */
  private static void requireNoEncodedSlash(ServerRequest request) {
    if (request.path().rawPath().toLowerCase(Locale.ROOT).contains("%2f")) {
      throw new ApiException(
          ErrorCode.NOT_FOUND, "names cannot contain \"/\"; remove %2F from the path");
    }
  }

  /** Logs the path without the query, which may contain a key. */
  private static void logRequest(ServerRequest request, ServerResponse response, long started) {
    if (LOG.isDebugEnabled()) {
      LOG.debug(
          "{} {} {} in {} us",
          request.prologue().method().text(),
          request.path().rawPath(),
          response.status().code(),
          (System.nanoTime() - started) / 1_000);
    }
  }
}
