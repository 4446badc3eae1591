package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.http.transport.BodyReader;
import io.flowcore.worker.http.transport.BodyReader.Body;
import io.flowcore.worker.http.transport.BodyReader.Limit;
import io.flowcore.worker.http.transport.ConnectionAbortException;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.query.EventQuery;
import io.flowcore.worker.query.EventReader;
import io.flowcore.worker.store.StoreException;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes that query events and time buckets. Events are streamed, so the memory of a query does
 * not depend on the size of its response.
 */
final class QueryRoutes implements HttpService {
  private static final Logger LOG = LoggerFactory.getLogger(QueryRoutes.class);

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final int MAX_BODY_BYTES = 64 << 10;

  private final RequestHandlers handlers;
  private final Responses responses;
  private final BodyReader bodyReader;
  private final FairBudget memory;
  private final EventReader reader;

  QueryRoutes(
      RequestHandlers handlers,
      Responses responses,
      BodyReader bodyReader,
      FairBudget memory,
      EventReader reader) {
    this.handlers = handlers;
    this.responses = responses;
    this.bodyReader = bodyReader;
    this.memory = memory;
    this.reader = reader;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/api/v1/time-buckets", handlers.authenticated(this::bucketsByIds))
        .post("/api/v1/time-buckets/by-names", handlers.authenticated(this::bucketsByNames))
        .get("/api/v1/events", handlers.authenticated(this::eventsByIds))
        .post("/api/v1/events", handlers.authenticated(this::eventsByNames))
        .any("/api/v1/time-buckets", handlers.methodNotAllowed(Method.GET))
        .any("/api/v1/time-buckets/by-names", handlers.methodNotAllowed(Method.POST))
        .any("/api/v1/events", handlers.methodNotAllowed(Method.GET, Method.POST));
  }

  private void bucketsByIds(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException {
    List<ResolvedEventType> types = QueriedEventTypes.byId(principal, catalog, request);
    sendBuckets(types, QueryParameters.fromUrl(request), response);
  }

  private void bucketsByNames(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException {
    JsonNode body = readJsonObject(principal, request);
    List<ResolvedEventType> types = QueriedEventTypes.byName(principal, catalog, body);
    sendBuckets(types, QueryParameters.fromUrlOrBody(request, body), response);
  }

  private void eventsByIds(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    List<ResolvedEventType> types = QueriedEventTypes.byId(principal, catalog, request);
    sendEvents(principal, types, QueryParameters.fromUrl(request), response);
  }

  private void eventsByNames(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    JsonNode body = readJsonObject(principal, request);
    List<ResolvedEventType> types = QueriedEventTypes.byName(principal, catalog, body);
    sendEvents(principal, types, QueryParameters.fromUrlOrBody(request, body), response);
  }

  private JsonNode readJsonObject(Principal principal, ServerRequest request) {
    Limit limit = Limit.ofBytes(MAX_BODY_BYTES, ErrorCode.REQUEST_TOO_LARGE);
    try (FairBudget.Lease lease = memory.lease(principal.key().resource())) {
      Body body = bodyReader.read(request, limit, lease);
      JsonNode json = JSON.readTree(body.bytes(), 0, body.length());
      if (!json.isObject()) {
        throw new ApiException(
            ErrorCode.PAYLOAD_NOT_OBJECT,
            "the body is JSON but not an object; send one JSON object");
      }
      return json;
    } catch (IOException e) {
      throw new ApiException(
          ErrorCode.INVALID_JSON, "the body is not valid JSON; send one JSON object");
    }
  }

  private void sendBuckets(
      List<ResolvedEventType> types, QueryParameters parameters, ServerResponse response)
      throws StoreException {
    ReadOrder order = parameters.order();
    TimeBucket from = parameters.timeBucket("fromTimeBucket").orElse(TimeBucket.MIN);
    TimeBucket to = parameters.timeBucket("toTimeBucket").orElse(TimeBucket.MAX);
    Optional<TimeBucket> cursor = parameters.bucketCursor();
    if (cursor.isPresent() && order == ReadOrder.ASCENDING && cursor.get().compareTo(from) > 0) {
      from = cursor.get();
    }
    if (cursor.isPresent() && order == ReadOrder.DESCENDING && cursor.get().compareTo(to) < 0) {
      to = cursor.get();
    }
    EventReader.BucketPage page = reader.buckets(types, from, to, order, parameters.pageSize());
    StringBuilder json = new StringBuilder("{\"timeBuckets\":[");
    for (int i = 0; i < page.buckets().size(); i++) {
      json.append(i == 0 ? "\"" : ",\"").append(page.buckets().get(i)).append('"');
    }
    json.append(']');
    page.next().ifPresent(next -> json.append(",\"nextCursor\":").append(next.hour()));
    responses.sendJson(response, json.append('}').toString());
  }

  private void sendEvents(
      Principal principal,
      List<ResolvedEventType> types,
      QueryParameters parameters,
      ServerResponse response)
      throws StoreException, IOException {
    parameters.required("timeBucket");
    EventQuery query =
        new EventQuery(
            types,
            parameters.timeBucket("timeBucket").orElseThrow(),
            parameters.eventId("cursor"),
            parameters.pageSize(),
            parameters.eventId("fromEventId"),
            parameters.eventId("afterEventId"),
            parameters.eventId("toEventId"),
            parameters.order());
    EventsResponse events = new EventsResponse(responses, response);
    try {
      Optional<EventId> next =
          reader.read(
              query,
              principal.key().resource(),
              run -> events.write(run.json(), run.offset(), run.length()));
      events.finish(next);
    } catch (UncheckedIOException e) {
      // The client has disconnected or did not read in time.
      throw e;
    } catch (RuntimeException e) {
      if (events.isStarted()) {
        // An error can no longer be sent. The client sees that the response is truncated.
        LOG.error("A query failed after its response had started", e);
        throw new ConnectionAbortException(e);
      }
      throw e;
    }
  }
}
