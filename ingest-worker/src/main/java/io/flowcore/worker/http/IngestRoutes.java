package io.flowcore.worker.http;

import io.flowcore.api.v1alpha1.WebhookKeySpec.Permission;
import io.flowcore.worker.auth.Principal;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.http.transport.BodyReader;
import io.flowcore.worker.http.transport.BodyReader.Body;
import io.flowcore.worker.http.transport.BodyReader.Limit;
import io.flowcore.worker.ingest.EventHeaders;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.MetadataHeader;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.ingest.file.FileIngestion.StoredFile;
import io.flowcore.worker.ingest.json.TopLevelFields;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.store.StoreException;
import io.helidon.common.parameters.Parameters;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code POST /event/…}, {@code POST /events/…} and {@code POST /file/…}. */
final class IngestRoutes implements HttpService {
  private static final String TARGET = "/{tenant}/{dataCore}/{flowType}/{eventType}";
  private static final HeaderName METADATA = HeaderNames.create(MetadataHeader.NAME);
  private static final HeaderName EVENT_TIME = HeaderNames.create("x-flowcore-event-time");
  private static final HeaderName VALID_TIME = HeaderNames.create("x-flowcore-valid-time");
  private static final HeaderName EVENT_TIME_KEY = HeaderNames.create("x-flowcore-event-time-key");
  private static final HeaderName VALID_TIME_KEY = HeaderNames.create("x-flowcore-valid-time-key");

  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create(RequestDeduplicator.HEADER);

  /** Blanks around the object don't count as the event, so a body may be that much larger. */
  private static final int BLANKS = 4 << 10;

  private static final String JSON = "application/json";
  private static final String MULTIPART = "multipart/form-data";

  /** For a whole file; a sender that is silent is given up much earlier. */
  private static final Duration UPLOAD_TIMEOUT = Duration.ofHours(1);

  private final Guard guard;
  private final Responses answers;
  private final BodyReader bodies;
  private final MemoryBudget memory;
  private final DiskBudget disk;
  private final Ingestion ingestion;
  private final FileIngestion files;
  private final WorkerMetrics metrics;

  IngestRoutes(
      Guard guard,
      Responses answers,
      BodyReader bodies,
      MemoryBudget memory,
      DiskBudget disk,
      Ingestion ingestion,
      FileIngestion files,
      WorkerMetrics metrics) {
    this.guard = guard;
    this.answers = answers;
    this.bodies = bodies;
    this.memory = memory;
    this.disk = disk;
    this.ingestion = ingestion;
    this.files = files;
    this.metrics = metrics;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/event" + TARGET, guard.authenticated(this::single))
        .post("/events" + TARGET, guard.authenticated(this::batch))
        .post("/file" + TARGET, guard.authenticated(this::file))
        .any("/event" + TARGET, guard.only(Method.POST))
        .any("/events" + TARGET, guard.only(Method.POST))
        .any("/file" + TARGET, guard.only(Method.POST));
  }

  private void single(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException {
    ResolvedEventType route = route(principal, catalog, request);
    requireJson(request);
    int limit = route.eventType().maxEventBytes();
    Limit bodyLimit = new Limit(limit + BLANKS, limit, ErrorCode.EVENT_TOO_LARGE);
    EventId id;
    // Memory is given back before the answer, which a slow client may take its time to read.
    try (MemoryBudget.Lease lease = memory.lease()) {
      Body body = bodies.read(request, bodyLimit, lease);
      id = ingestion.single(route, headers(request), body.bytes(), body.length());
      metrics.accepted(1, body.length());
    }
    answers.event(response, id, route.flowType().name(), route.eventType().name());
  }

  private void batch(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    if (mediaType(request).equals(MULTIPART)) {
      file(principal, catalog, request, response);
      return;
    }
    ResolvedEventType route = route(principal, catalog, request);
    requireJson(request);
    int limit = (int) route.dataCore().limits().maxRequestBytes();
    List<EventId> ids;
    try (MemoryBudget.Lease lease = memory.lease()) {
      Body body = bodies.read(request, Limit.of(limit, ErrorCode.REQUEST_TOO_LARGE), lease);
      ids = ingestion.batch(route, headers(request), body.bytes(), body.length());
      metrics.accepted(ids.size(), body.length());
    }
    answers.events(response, ids);
  }

  private void file(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    ResolvedEventType route = route(principal, catalog, request);
    if (!mediaType(request).equals(MULTIPART)) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type is '" + mediaType(request) + "'; send " + MULTIPART);
    }
    String contentType = request.headers().first(HeaderNames.CONTENT_TYPE).orElseThrow();
    StoredFile stored;
    try (MemoryBudget.Lease lease = memory.lease()) {
      lease.take(FileIngestion.MEMORY_BYTES);
      stored =
          bodies.stream(
              request,
              UPLOAD_TIMEOUT,
              body -> files.store(route, headers(request), contentType, body));
    }
    metrics.accepted(stored.totalParts(), stored.size());
    answers.file(response, stored);
  }

  /**
   * The event type that a URL names. What the key does not open is forbidden, whether it exists or
   * not. Nothing of the body is read when the disk has no room.
   */
  private ResolvedEventType route(
      Principal principal, CatalogIndex catalog, ServerRequest request) {
    Parameters path = request.path().pathParameters();
    String flowType = path.get("flowType");
    String eventType = path.get("eventType");
    principal.require(Permission.ingest);
    principal.requireDataCore(path.get("tenant"), path.get("dataCore"));
    principal.requireScope(flowType, eventType);
    ResolvedEventType route =
        catalog
            .eventType(principal.dataCore().id(), flowType, eventType)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.UNKNOWN_EVENT_TYPE,
                    "data core '"
                        + principal.dataCore().name()
                        + "' has no event type '"
                        + eventType
                        + "' in a flow type '"
                        + flowType
                        + "'"));
    disk.require();
    return route;
  }

  private static void requireJson(ServerRequest request) {
    String media = mediaType(request);
    if (!media.equals(JSON) && !media.endsWith("+json") && !media.equals("text/json")) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Type is '" + media + "'; send " + JSON);
    }
  }

  /** The type without its parameters; JSON where the sender does not say. */
  private static String mediaType(ServerRequest request) {
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse(JSON);
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  private static EventHeaders headers(ServerRequest request) {
    return new EventHeaders(
        header(request, METADATA, ErrorCode.INVALID_METADATA),
        header(request, EVENT_TIME, ErrorCode.INVALID_EVENT_TIME),
        header(request, VALID_TIME, ErrorCode.INVALID_VALID_TIME),
        new TopLevelFields(
            header(request, EVENT_TIME_KEY, ErrorCode.INVALID_EVENT_TIME),
            header(request, VALID_TIME_KEY, ErrorCode.INVALID_VALID_TIME)),
        header(request, IDEMPOTENCY_KEY, ErrorCode.INVALID_PARAMETER));
  }

  private static Optional<String> header(ServerRequest request, HeaderName name, ErrorCode code) {
    if (!request.headers().contains(name)) {
      return Optional.empty();
    }
    Header header = request.headers().get(name);
    if (header.valueCount() > 1) {
      throw new ApiException(
          code, "the header " + name.lowerCase() + " stands " + header.valueCount() + " times");
    }
    return Optional.of(header.get());
  }
}
