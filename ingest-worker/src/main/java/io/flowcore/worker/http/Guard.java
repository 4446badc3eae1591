package io.flowcore.worker.http;

import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.auth.RateLimiter;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.CloseConnection;
import io.flowcore.worker.http.transport.Framing;
import io.flowcore.worker.http.transport.RequestBody;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.store.StoreException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in front of every handler: checks the key before anything else, and turns what goes wrong
 * into the error answers of the contract.
 */
public final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  private static final String SHUTTING_DOWN = "the worker is shutting down";

  /** With a rest up to this size a connection goes on after a refusal. */
  private static final long SMALL_BYTES = 1 << 20;

  private static final long MAX_DISCARDED_BYTES = 8 << 20;
  private static final long MAX_DISCARD_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final LiveCatalog catalog;
  private final Authenticator authenticator;
  private final RateLimiter rates = new RateLimiter(System::nanoTime);
  private final WorkerMetrics metrics;
  private final Responses answers;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean draining;

  /** Checks keys of a catalog. */
  Guard(
      LiveCatalog catalog, Authenticator authenticator, WorkerMetrics metrics, Responses answers) {
    this.answers = answers;
    this.catalog = catalog;
    this.authenticator = authenticator;
    this.metrics = metrics;
  }

  /** What a handler does once the key is known to be good. */
  interface Action {
    void run(
        Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
        throws StoreException, IOException;
  }

  /** Requests under way. */
  public int inFlight() {
    return inFlight.get();
  }

  /** From now on new requests are turned away, to another worker. */
  public void drain() {
    draining = true;
  }

  /** An action behind the guard. */
  Handler authenticated(Action action) {
    return (request, response) -> handle(request, response, action);
  }

  /** A URL that takes these methods only. */
  Handler only(Method... allowed) {
    String names = Stream.of(allowed).map(Method::text).collect(Collectors.joining(", "));
    ApiException refused =
        new ApiException(ErrorCode.METHOD_NOT_ALLOWED, "this URL takes " + names + " only");
    return refusing(refused, response -> response.header(HeaderNames.ALLOW, names));
  }

  /** An answer that is an error for everybody. */
  Handler refusing(ErrorCode code, String message) {
    return refusing(new ApiException(code, message), response -> {});
  }

  private Handler refusing(ApiException refused, Consumer<ServerResponse> headers) {
    return (request, response) -> {
      requireFraming(request, response);
      headers.accept(response);
      refuse(request, response, refused);
    };
  }

  private void requireFraming(ServerRequest request, ServerResponse response) {
    Optional<String> problem = Framing.problem(request);
    if (problem.isPresent()) {
      ApiException refused = new ApiException(ErrorCode.BAD_REQUEST, problem.get());
      metrics.refused(refused.code());
      response.header(HeaderValues.CONNECTION_CLOSE);
      send(response, refused);
      throw new CloseConnection(refused);
    }
  }

  private void handle(ServerRequest request, ServerResponse response, Action action) {
    requireFraming(request, response);
    // Counted before the look at draining: whoever waits for none to be left must not miss one.
    inFlight.incrementAndGet();
    long started = System.nanoTime();
    try {
      if (draining) {
        response.header(HeaderValues.CONNECTION_CLOSE);
        throw new ApiException(ErrorCode.OVERLOADED, SHUTTING_DOWN);
      }
      requirePlainPath(request);
      CatalogIndex snapshot = catalog.current();
      Principal principal =
          authenticator.authenticate(
              request.headers().first(HeaderNames.AUTHORIZATION),
              request.query().first("key").asOptional(),
              snapshot);
      rates.require(principal.key());
      action.run(principal, snapshot, request, response);
      if (draining) {
        // The answer is on its way; the next one should come from another worker.
        throw new CloseConnection(new IllegalStateException(SHUTTING_DOWN));
      }
    } catch (ApiException refused) {
      refuse(request, response, refused);
    } catch (StoreException e) {
      refuse(request, response, refusal(e));
    } catch (UncheckedIOException | IOException e) {
      // The client is gone, or stopped in the middle of its body: nobody is left to answer.
      LOG.debug("A connection broke", e);
      throw new CloseConnection(e);
    } catch (CloseConnection e) {
      throw e;
    } catch (RuntimeException | Error e) {
      LOG.error("A request failed for a reason that is not the sender's", e);
      refuse(
          request,
          response,
          new ApiException(ErrorCode.INTERNAL_ERROR, "the worker failed; its log says why"));
    } finally {
      inFlight.decrementAndGet();
      logRequest(request, response, started);
    }
  }

  /** A slash in a name, written %2F, would otherwise count as one between names. */
  private static void requirePlainPath(ServerRequest request) {
    if (request.path().rawPath().toLowerCase(Locale.ROOT).contains("%2f")) {
      throw new ApiException(ErrorCode.NOT_FOUND, "no name holds a slash, and none is written %2F");
    }
  }

  /** Without the query: a key may stand there. */
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

  private static ApiException refusal(StoreException e) {
    LOG.debug("The store refused", e);
    ErrorCode code =
        switch (e.kind()) {
          case OVERLOADED -> ErrorCode.OVERLOADED;
          case UNAVAILABLE -> ErrorCode.STORE_UNAVAILABLE;
          case CORRUPT -> ErrorCode.DAMAGED_EVENT;
        };
    return new ApiException(code, e.getMessage());
  }

  /**
   * Answers before the rest of the body has come, since it may never come. The rest is read then,
   * so that the connection can go on, or that at least the sender sees the answer: closing a socket
   * with unread bytes in it resets the connection.
   */
  private void refuse(ServerRequest request, ServerResponse response, ApiException refused) {
    metrics.refused(refused.code());
    if (response.isSent()) {
      // An answer that has begun can only be broken off; the client sees that it is not whole.
      throw new CloseConnection(refused);
    }
    RequestBody body = RequestBody.of(request);
    boolean rest = body.unread();
    boolean close = rest && (!small(request) || refused.code() == ErrorCode.REQUEST_TIMEOUT);
    if (close) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    if (request.prologue().method().equals(Method.HEAD)) {
      // An answer to HEAD has no body (RFC 9110 §9.3.2); clients would take one for the next
      // answer.
      response.status(Status.create(refused.code().status())).send();
    } else {
      send(response, refused);
    }
    boolean whole = !rest || (refused.code() != ErrorCode.REQUEST_TIMEOUT && discard(body));
    if (close || !whole) {
      // The server itself would read on until the sender is done.
      throw new CloseConnection(refused);
    }
  }

  private void send(ServerResponse response, ApiException refused) {
    try {
      answers.refused(response, refused);
    } catch (UncheckedIOException e) {
      LOG.debug("A refusal could not be told", e);
      throw new CloseConnection(e);
    }
  }

  private static boolean small(ServerRequest request) {
    OptionalLong length = request.headers().contentLength();
    return length.isPresent() && length.getAsLong() <= SMALL_BYTES;
  }

  private static boolean discard(RequestBody body) {
    try {
      return body.discard(MAX_DISCARDED_BYTES, MAX_DISCARD_NANOS);
    } catch (IOException | ApiException e) {
      LOG.debug("The rest of a refused body did not come", e);
      return false;
    }
  }
}
