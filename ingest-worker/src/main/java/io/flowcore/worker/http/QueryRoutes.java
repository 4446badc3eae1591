package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.http.transport.BodyReader;
import io.flowcore.worker.http.transport.BodyReader.Body;
import io.flowcore.worker.http.transport.CloseConnection;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.query.EventQuery;
import io.flowcore.worker.query.EventReader;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.StoreException;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queries for events and time buckets. Answers are streamed; their size does not matter to the
 * worker's memory.
 */
final class QueryRoutes implements HttpService {
  private static final Logger LOG = LoggerFactory.getLogger(QueryRoutes.class);

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final int MAX_BODY_BYTES = 64 << 10;
  private static final int MAX_EVENT_TYPES = 100;
  private static final int BUFFER = 32 << 10;

  private final Guard guard;
  private final Responses answers;
  private final BodyReader bodies;
  private final MemoryBudget memory;
  private final EventReader reader;

  QueryRoutes(
      Guard guard, Responses answers, BodyReader bodies, MemoryBudget memory, EventReader reader) {
    this.guard = guard;
    this.answers = answers;
    this.bodies = bodies;
    this.memory = memory;
    this.reader = reader;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/api/v1/time-buckets", guard.authenticated(this::bucketsByIds))
        .post("/api/v1/time-buckets/by-names", guard.authenticated(this::bucketsByNames))
        .get("/api/v1/events", guard.authenticated(this::eventsByIds))
        .post("/api/v1/events", guard.authenticated(this::eventsByNames))
        .any("/api/v1/time-buckets", guard.only(Method.GET))
        .any("/api/v1/time-buckets/by-names", guard.only(Method.POST))
        .any("/api/v1/events", guard.only(Method.GET, Method.POST));
  }

  private void bucketsByIds(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException {
    buckets(typesById(principal, catalog, request), ofUrl(request), response);
  }

  private void bucketsByNames(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException {
    JsonNode body = body(request);
    buckets(typesByName(principal, catalog, body), ofUrlOrBody(request, body), response);
  }

  private void eventsByIds(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    events(typesById(principal, catalog, request), ofUrl(request), response);
  }

  private void eventsByNames(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    JsonNode body = body(request);
    events(typesByName(principal, catalog, body), ofUrlOrBody(request, body), response);
  }

  private void buckets(
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
    answers.send(response, json.append('}').toString());
  }

  private void events(
      List<ResolvedEventType> types, QueryParameters parameters, ServerResponse response)
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
    LazyAnswer answer = new LazyAnswer(response);
    try {
      stream(query, answer);
    } catch (UncheckedIOException e) {
      // The client is gone, or was given up.
      throw e;
    } catch (RuntimeException e) {
      if (answer.begun()) {
        // Nothing can be said any more; the client sees that the answer is not whole.
        LOG.error("A query failed in the middle of its answer", e);
        throw new CloseConnection(e);
      }
      throw e;
    }
  }

  /**
   * The answer begins with the first event, so that a store that can't be read still gets its error
   * answer.
   */
  private void stream(EventQuery query, LazyAnswer answer) throws StoreException, IOException {
    Optional<EventId> next =
        reader.read(
            query,
            events -> {
              OutputStream out = answer.open();
              answer.separate();
              out.write(events.json(), events.offset(), events.length());
            });
    try (OutputStream out = answer.open()) {
      String cursor = next.map(id -> ",\"nextCursor\":\"" + id + "\"").orElse("");
      out.write(("]" + cursor + "}").getBytes(UTF_8));
    }
  }

  /** The body of an answer, begun when it is first needed. */
  private final class LazyAnswer {
    private final ServerResponse response;
    private Optional<OutputStream> out = Optional.empty();
    private boolean first = true;

    LazyAnswer(ServerResponse response) {
      this.response = response;
    }

    OutputStream open() throws IOException {
      if (out.isEmpty()) {
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        OutputStream opened = new BufferedOutputStream(answers.stream(response), BUFFER);
        opened.write("{\"events\":[".getBytes(UTF_8));
        out = Optional.of(opened);
      }
      return out.get();
    }

    boolean begun() {
      return out.isPresent();
    }

    void separate() throws IOException {
      if (!first) {
        open().write(',');
      }
      first = false;
    }
  }

  private static QueryParameters ofUrl(ServerRequest request) {
    return new QueryParameters(name -> request.query().first(name).asOptional());
  }

  /** Where a parameter stands in both, the URL counts. */
  private static QueryParameters ofUrlOrBody(ServerRequest request, JsonNode body) {
    QueryParameters url = ofUrl(request);
    QueryParameters inBody = ofBody(body);
    return new QueryParameters(name -> url.text(name).or(() -> inBody.text(name)));
  }

  private static QueryParameters ofBody(JsonNode body) {
    return new QueryParameters(
        name -> body.hasNonNull(name) ? Optional.of(body.get(name).asText()) : Optional.empty());
  }

  private JsonNode body(ServerRequest request) {
    try (MemoryBudget.Lease lease = memory.lease()) {
      Body body =
          bodies.read(
              request, BodyReader.Limit.of(MAX_BODY_BYTES, ErrorCode.REQUEST_TOO_LARGE), lease);
      JsonNode json = JSON.readTree(body.bytes(), 0, body.length());
      if (!json.isObject()) {
        throw new ApiException(ErrorCode.PAYLOAD_NOT_OBJECT, "the body must be a JSON object");
      }
      return json;
    } catch (IOException e) {
      throw new ApiException(ErrorCode.INVALID_JSON, "the body is no JSON");
    }
  }

  private static List<ResolvedEventType> typesById(
      Principal principal, CatalogIndex catalog, ServerRequest request) {
    principal.require(Permission.fetch);
    List<ResolvedEventType> types = new ArrayList<>();
    List<String> ids = request.query().all("eventTypeId", List::of);
    checkCount("eventTypeId", ids.size());
    for (String text : ids) {
      Optional<ResolvedEventType> type =
          catalog
              .eventType(QueryParameters.uuid("eventTypeId", text))
              .filter(route -> route.dataCore().id().equals(principal.dataCore().id()));
      // Ids follow from names: whether one exists is not for a key that does not open it.
      if (type.isEmpty() && !principal.isUnrestricted()) {
        throw new ApiException(
            ErrorCode.FORBIDDEN,
            "the event type is outside the key's scope; add it to spec.allow of its WebhookKey");
      }
      add(types, type.orElseThrow(() -> unknown("the id " + text)), principal);
    }
    return types;
  }

  private static List<ResolvedEventType> typesByName(
      Principal principal, CatalogIndex catalog, JsonNode body) {
    principal.require(Permission.fetch);
    QueryParameters names = ofBody(body);
    principal.requireDataCore(names.required("tenant"), names.required("dataCoreId"));
    String flowType = names.required("flowType");
    List<ResolvedEventType> types = new ArrayList<>();
    JsonNode eventTypes = body.path("eventTypes");
    if (!eventTypes.isArray() && !eventTypes.isMissingNode()) {
      throw QueryParameters.invalid("eventTypes", "must be an array of names");
    }
    checkCount("eventTypes", eventTypes.size());
    for (JsonNode name : eventTypes) {
      principal.requireScope(flowType, name.asText());
      ResolvedEventType type =
          catalog
              .eventType(principal.dataCore().id(), flowType, name.asText())
              .orElseThrow(() ->
                  unknown("the name '" + name.asText() + "' in a flow type '" + flowType + "'"));
      add(types, type, principal);
    }
    return types;
  }

  private static ApiException unknown(String what) {
    return new ApiException(
        ErrorCode.UNKNOWN_EVENT_TYPE, "the data core has no event type with " + what);
  }

  private static void checkCount(String name, int count) {
    if (count == 0) {
      throw QueryParameters.invalid(name, "is required");
    }
    if (count > MAX_EVENT_TYPES) {
      throw QueryParameters.invalid(
          name, "names " + count + " event types; the limit is " + MAX_EVENT_TYPES);
    }
  }

  private static void add(
      List<ResolvedEventType> types, ResolvedEventType type, Principal principal) {
    principal.requireScope(type.flowType().name(), type.eventType().name());
    if (!types.contains(type)) {
      types.add(type);
    }
  }
}
