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
import io.flowcore.worker.ingest.RequestKey;
import io.flowcore.worker.ingest.RequestKey.Endpoint;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.ingest.file.FileIngestion.StoredFile;
import io.flowcore.worker.ingest.json.TopLevelFields;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.FairBudget;
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
import java.util.Optional;

/**
 * The routes that ingest events: {@code POST /event/…}, {@code POST /events/…} and {@code POST
 * /file/…}.
 */
final class IngestRoutes implements HttpService {
  /** The server replaces each header byte above 127 with this character. */
  private static final char REPLACEMENT = '\uFFFD';

  private static final String TARGET = "/{tenant}/{dataCore}/{flowType}/{eventType}";
  private static final HeaderName METADATA = HeaderNames.create(MetadataHeader.NAME);
  private static final HeaderName EVENT_TIME = HeaderNames.create("x-flowcore-event-time");
  private static final HeaderName VALID_TIME = HeaderNames.create("x-flowcore-valid-time");
  private static final HeaderName EVENT_TIME_KEY = HeaderNames.create("x-flowcore-event-time-key");
  private static final HeaderName VALID_TIME_KEY = HeaderNames.create("x-flowcore-valid-time-key");

  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create(RequestDeduplicator.HEADER);

  /**
   * Whitespace around an event does not count toward its size, so the body may be this much larger.
   */
  private static final int WHITE_SPACE_BYTES = 4 << 10;

  /**
   * Maximum time for a whole file. A client that stops sending is disconnected much earlier, after
   * the request timeout.
   */
  private static final Duration UPLOAD_TIMEOUT = Duration.ofHours(1);

  private final RequestHandlers handlers;
  private final Responses responses;
  private final BodyReader bodyReader;
  private final FairBudget memory;
  private final DiskBudget disk;
  private final Ingestion ingestion;
  private final FileIngestion files;
  private final WorkerMetrics metrics;

  /** The components of the worker that the routes call. */
  record Services(
      Ingestion ingestion, FileIngestion files, DiskBudget disk, WorkerMetrics metrics) {}

  IngestRoutes(
      RequestHandlers handlers,
      Responses responses,
      BodyReader bodyReader,
      FairBudget memory,
      Services services) {
    this.handlers = handlers;
    this.responses = responses;
    this.bodyReader = bodyReader;
    this.memory = memory;
    this.disk = services.disk();
    this.ingestion = services.ingestion();
    this.files = services.files();
    this.metrics = services.metrics();
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/event" + TARGET, handlers.authenticated(this::ingestEvent))
        .post("/events" + TARGET, handlers.authenticated(this::ingestBatch))
        .post("/file" + TARGET, handlers.authenticated(this::ingestFile))
        .any("/event" + TARGET, handlers.methodNotAllowed(Method.POST))
        .any("/events" + TARGET, handlers.methodNotAllowed(Method.POST))
        .any("/file" + TARGET, handlers.methodNotAllowed(Method.POST));
  }

  private void ingestEvent(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException {
    ResolvedEventType target = resolveTarget(principal, catalog, request);
    RequestMediaType media = mediaType(request);
    media.requireJson();
    int limit = target.eventType().maxEventBytes();
    Limit bodyLimit = new Limit(limit + WHITE_SPACE_BYTES, limit, ErrorCode.EVENT_TOO_LARGE);
    EventId id;
    // The memory is released before the small response is sent, which a client may read slowly.
    try (FairBudget.Lease lease = memory.lease(principal.key().resource())) {
      Body body = bodyReader.read(request, bodyLimit, lease);
      media.requireMatch(body);
      id =
          ingestion.single(
              target,
              eventHeaders(request, principal, Endpoint.EVENT),
              body.bytes(),
              body.length());
      metrics.accepted(1, body.length());
    }
    responses.sendEvent(response, id, target.flowType().name(), target.eventType().name());
  }

  private void ingestBatch(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    RequestMediaType media = mediaType(request);
    if (media.isMultipart()) {
      ingestFile(principal, catalog, request, response);
      return;
    }
    ResolvedEventType target = resolveTarget(principal, catalog, request);
    media.requireJson();
    try (FairBudget.Lease lease = memory.lease(principal.key().resource())) {
      List<EventId> ids = storeBatch(principal, target, media, request, lease);
      lease.changeTo(Responses.memoryOfIds(ids.size()));
      responses.sendEvents(response, ids);
    }
  }

  /** The body is unreachable after this, while a client may read its response slowly. */
  private List<EventId> storeBatch(
      Principal principal,
      ResolvedEventType target,
      RequestMediaType media,
      ServerRequest request,
      FairBudget.Lease lease)
      throws StoreException {
    int limit = (int) target.dataCore().limits().maxRequestBytes();
    Body body = bodyReader.read(request, Limit.ofBytes(limit, ErrorCode.REQUEST_TOO_LARGE), lease);
    media.requireMatch(body);
    List<EventId> ids =
        ingestion.batch(
            target, eventHeaders(request, principal, Endpoint.BATCH), body.bytes(), body.length());
    metrics.accepted(ids.size(), body.length());
    return ids;
  }

  private void ingestFile(
      Principal principal, CatalogIndex catalog, ServerRequest request, ServerResponse response)
      throws StoreException, IOException {
    ResolvedEventType target = resolveTarget(principal, catalog, request);
    requireFilesAccepted(target);
    mediaType(request).requireMultipart();
    String contentType = request.headers().first(HeaderNames.CONTENT_TYPE).orElseThrow();
    EventHeaders headers = eventHeaders(request, principal, Endpoint.FILE);
    String sender = principal.key().resource();
    StoredFile stored =
        bodyReader.stream(
            request,
            UPLOAD_TIMEOUT,
            body -> files.store(target, headers, sender, contentType, body));
    metrics.accepted(stored.totalParts(), stored.size());
    responses.sendFile(response, stored);
  }

  /**
   * Returns the event type that the URL names. Anything outside the scope of the key is forbidden,
   * whether it exists or not. A full disk is reported before the body is read.
   */
  private ResolvedEventType resolveTarget(
      Principal principal, CatalogIndex catalog, ServerRequest request) {
    Parameters path = request.path().pathParameters();
    String flowType = path.get("flowType");
    String eventType = path.get("eventType");
    principal.require(Permission.ingest);
    principal.requireDataCore(path.get("tenant"), path.get("dataCore"));
    principal.requireScope(flowType, eventType);
    ResolvedEventType target =
        catalog
            .eventType(principal.dataCore().id(), flowType, eventType)
            .orElseThrow(() ->
                new ApiException(
                    ErrorCode.UNKNOWN_EVENT_TYPE,
                    "data core '"
                        + principal.dataCore().name()
                        + "' has no event type '"
                        + eventType
                        + "' in flow type '"
                        + flowType
                        + "'; check the URL or create an EventType resource"));
    disk.require();
    return target;
  }

  /** Parts of files bypass the schema and the size limit of events, so event types choose. */
  private static void requireFilesAccepted(ResolvedEventType target) {
    if (!target.eventType().files()) {
      throw new ApiException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "event type '"
              + target.eventType().name()
              + "' does not accept files, because the parts of a file are not checked against its schema and maxEventSize; send JSON to /event or /events, or set spec.files: true on the EventType");
    }
  }

  private static RequestMediaType mediaType(ServerRequest request) {
    return RequestMediaType.of(
        singleHeader(request, HeaderNames.CONTENT_TYPE, ErrorCode.UNSUPPORTED_MEDIA_TYPE));
  }

  private static EventHeaders eventHeaders(
      ServerRequest request, Principal principal, Endpoint endpoint) {
    return new EventHeaders(
        singleHeader(request, METADATA, ErrorCode.INVALID_METADATA),
        singleHeader(request, EVENT_TIME, ErrorCode.INVALID_EVENT_TIME),
        singleHeader(request, VALID_TIME, ErrorCode.INVALID_VALID_TIME),
        new TopLevelFields(
            singleHeader(request, EVENT_TIME_KEY, ErrorCode.INVALID_EVENT_TIME),
            singleHeader(request, VALID_TIME_KEY, ErrorCode.INVALID_VALID_TIME)),
        singleHeader(request, IDEMPOTENCY_KEY, ErrorCode.INVALID_PARAMETER)
            .map(text -> new RequestKey(principal.key().resource(), endpoint, text)));
  }

  private static Optional<String> singleHeader(
      ServerRequest request, HeaderName name, ErrorCode code) {
    if (!request.headers().contains(name)) {
      return Optional.empty();
    }
    Header header = request.headers().get(name);
    if (header.valueCount() > 1) {
      throw new ApiException(
          code,
          "header "
              + name.lowerCase()
              + " appears "
              + header.valueCount()
              + " times; send it once");
    }
    if (header.get().indexOf(REPLACEMENT) >= 0) {
      throw new ApiException(
          code,
          "header " + name.lowerCase() + " contains characters outside ASCII; " + asciiForm(name));
    }
    return Optional.of(header.get());
  }

  private static String asciiForm(HeaderName name) {
    return name.equals(METADATA)
        ? "send the JSON as base64 of UTF-8, or escape them as \\u00e9"
        : "headers must be ASCII";
  }
}
