package io.flowcore.worker.http;

import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.refusal.ErrorCode;
import io.flowcore.worker.refusal.RequestRefused;
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
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in front of every handler: checks the key before anything else, and turns what goes wrong
 * into the error answers of the contract.
 */
public final class Guard {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  /**
   * An unread rest up to this size is read, so that the connection can go on and the sender sees
   * the answer.
   */
  private static final long DRAIN_BYTES = 1 << 20;

  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final LiveCatalog catalog;
  private final Authenticator authenticator;
  private final WorkerMetrics metrics;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean draining;

  /** Checks keys of a catalog. */
  public Guard(LiveCatalog catalog, Authenticator authenticator, WorkerMetrics metrics) {
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

  /** From now on every answer asks its client to connect anew, elsewhere. */
  public void drain() {
    draining = true;
  }

  /** An action behind the guard. */
  Handler authenticated(Action action) {
    return (request, response) -> handle(request, response, action);
  }

  /** An answer that is an error for everybody. */
  Handler refusing(ErrorCode code, String message) {
    RequestRefused refused = new RequestRefused(code, message);
    return (request, response) -> {
      requireFraming(request, response);
      refuse(request, response, refused);
    };
  }

  private void requireFraming(ServerRequest request, ServerResponse response) {
    Optional<String> problem = Framing.problem(request);
    if (problem.isPresent()) {
      RequestRefused refused = new RequestRefused(ErrorCode.bad_request, problem.get());
      metrics.refused(refused.code());
      response.header(HeaderValues.CONNECTION_CLOSE);
      Answers.refused(response, refused);
      throw new CloseConnection(refused);
    }
  }

  private void handle(ServerRequest request, ServerResponse response, Action action) {
    requireFraming(request, response);
    inFlight.incrementAndGet();
    long started = System.nanoTime();
    try {
      if (draining) {
        response.header(HeaderValues.CONNECTION_CLOSE);
      }
      CatalogIndex snapshot = catalog.current();
      Principal principal =
          authenticator.authenticate(
              request.headers().first(HeaderNames.AUTHORIZATION),
              request.query().first("key").asOptional(),
              snapshot);
      action.run(principal, snapshot, request, response);
    } catch (RequestRefused refused) {
      refuse(request, response, refused);
    } catch (StoreException e) {
      refuse(request, response, refusal(e));
    } catch (UncheckedIOException | IOException e) {
      // The client is gone, or stopped in the middle of its body: nobody is left to answer.
      LOG.debug("A connection broke", e);
      throw new CloseConnection(e);
    } catch (RuntimeException e) {
      LOG.error("A request failed for a reason that is not the sender's", e);
      refuse(
          request,
          response,
          new RequestRefused(ErrorCode.internal_error, "the worker failed; its log says why"));
    } finally {
      inFlight.decrementAndGet();
      logRequest(request, response, started);
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

  private static RequestRefused refusal(StoreException e) {
    LOG.debug("The store refused", e);
    ErrorCode code =
        switch (e.kind()) {
          case OVERLOADED -> ErrorCode.overloaded;
          case UNAVAILABLE -> ErrorCode.store_unavailable;
          case CORRUPT -> ErrorCode.internal_error;
        };
    return new RequestRefused(code, e.getMessage());
  }

  private void refuse(ServerRequest request, ServerResponse response, RequestRefused refused) {
    metrics.refused(refused.code());
    if (response.isSent()) {
      // An answer that has begun can only be broken off; the client sees that it is not whole.
      throw new CloseConnection(refused);
    }
    RequestBody body = RequestBody.of(request);
    boolean rest = body.unread();
    if (rest && small(request) && refused.code() != ErrorCode.request_timeout) {
      rest = !discard(body, DRAIN_BYTES);
    }
    if (request.prologue().method().equals(Method.HEAD)) {
      // An answer to HEAD has no body (RFC 9110 §9.3.2); clients would take one for the next
      // answer.
      response.status(Status.create(refused.code().status())).send();
      return;
    }
    if (rest) {
      response.header(HeaderValues.CONNECTION_CLOSE);
    }
    Answers.refused(response, refused);
    if (rest) {
      if (refused.code() != ErrorCode.request_timeout) {
        discard(body, DRAIN_BYTES * 8);
      }
      // The server itself would read on until the sender is done.
      throw new CloseConnection(refused);
    }
  }

  private static boolean small(ServerRequest request) {
    OptionalLong length = request.headers().contentLength();
    return length.isPresent() && length.getAsLong() <= DRAIN_BYTES;
  }

  private static boolean discard(RequestBody body, long maxBytes) {
    try {
      return body.discard(maxBytes, DRAIN_NANOS);
    } catch (IOException e) {
      LOG.debug("The rest of a refused body did not come", e);
      return false;
    }
  }
}
