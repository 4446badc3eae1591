package io.flowcore.worker.http;

import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.BodyReader;
import io.flowcore.worker.http.transport.BoundedHttp1;
import io.flowcore.worker.http.transport.ConnectionCloseFilter;
import io.flowcore.worker.http.transport.PassThroughEncoding;
import io.flowcore.worker.http.transport.TransportLimits;
import io.flowcore.worker.http.transport.WriteDeadline;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.query.EventReader;
import io.helidon.common.mapper.MapperManager;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.ErrorHandling;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.Locale;

/** The two HTTP listeners of a worker: one for clients, one for management. */
public final class WorkerServer implements AutoCloseable {
  private static final String MANAGEMENT = "management";

  /** For probes, scrapers and the operator. */
  private static final int MAX_MANAGEMENT_CONNECTIONS = 100;

  private static final long MAX_MANAGEMENT_BODY_BYTES = 64 << 10;

  /** Connections that are being accepted or closed. */
  private static final int SPARE_CONNECTIONS = 64;

  static {
    useOneMapperManager();
  }

  private final WebServer server;
  private final InFlightRequests inFlight;
  private final WriteDeadline deadline;

  /**
   * Addresses and limits of the listeners.
   *
   * @param host address of both listeners
   * @param port port for clients; 0 selects a free port
   * @param managementPort port for health, metrics and the catalog; 0 selects a free port
   * @param requestTimeout maximum time for a request body, for silence of a client within one, and
   *     for each write of a response
   * @param maxConnections maximum number of open connections, half of them from one address; a
   *     further one replaces the longest idle, or is closed if all have requests in progress
   */
  public record Settings(
      String host, int port, int managementPort, Duration requestTimeout, int maxConnections) {}

  /** The components of the worker that the routes call. */
  public record Services(
      LiveCatalog catalog,
      Authenticator authenticator,
      Ingestion ingestion,
      FileIngestion files,
      EventReader reader,
      DiskBudget disk,
      RequestMemory memory,
      Readiness readiness,
      WorkerMetrics metrics) {}

  private WorkerServer(WebServer server, InFlightRequests inFlight, WriteDeadline deadline) {
    this.server = server;
    this.inFlight = inFlight;
    this.deadline = deadline;
  }

  /**
   * Helidon converts header values with a global manager of mappers. Unless one is set, which can
   * be done once, it creates another one for each access to a header. That takes 12 us instead of
   * 0.4 us, and two thirds of the time of a small request.
   */
  @SuppressWarnings("removal")
  private static void useOneMapperManager() {
    MapperManager.global(MapperManager.create());
  }

  /**
   * Starts both listeners.
   *
   * @throws UncheckedIOException with a {@link BindException} if a port is not available
   */
  public static WorkerServer start(Settings settings, Services services) {
    WriteDeadline deadline = new WriteDeadline(settings.requestTimeout());
    Responses responses = new Responses(deadline);
    InFlightRequests inFlight = new InFlightRequests();
    WorkerMetrics metrics = services.metrics();
    metrics.gauge("flowcore.http.requests.in.flight", "Requests in progress", inFlight::count);
    RequestHandlers handlers =
        new RequestHandlers(
            services.catalog(),
            services.authenticator(),
            inFlight,
            new ErrorResponder(metrics, responses));
    WebServer server =
        buildServer(
            settings,
            clientRoutes(handlers, responses, settings, services),
            managementRoutes(responses, services));
    server.start();
    if (!server.isRunning()) {
      // Helidon logs the reason and returns normally.
      server.stop();
      deadline.close();
      throw new UncheckedIOException(
          new BindException(
              String.format(
                  Locale.ROOT,
                  "could not listen on port %d and management port %d; check that no other process uses them",
                  settings.port(),
                  settings.managementPort())));
    }
    return new WorkerServer(server, inFlight, deadline);
  }

  private static WebServer buildServer(
      Settings settings, HttpRouting.Builder clientRoutes, HttpRouting.Builder managementRoutes) {
    TransportLimits limits = TransportLimits.withBodyTimeout(settings.requestTimeout());
    WebServerConfig.Builder server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .shutdownHook(false)
            .routing(clientRoutes)
            .putSocket(
                MANAGEMENT,
                socket -> {
                  socket
                      .host(settings.host())
                      .port(settings.managementPort())
                      // No route of it reads a body.
                      .maxPayloadSize(MAX_MANAGEMENT_BODY_BYTES)
                      .routing(managementRoutes);
                  bound(socket, limits, MAX_MANAGEMENT_CONNECTIONS);
                });
    bound(server, limits, settings.maxConnections());
    return server.build();
  }

  /** Bounds what the clients of a listener may use, in size, time and number. */
  private static void bound(
      ListenerConfig.BuilderBase<?, ?> listener, TransportLimits limits, int maxConnections) {
    BoundedHttp1 http1 = new BoundedHttp1(limits, maxConnections);
    listener
        .connectionOptions(http1.connectionOptions())
        .addConnectionSelector(http1)
        .contentEncoding(new PassThroughEncoding())
        // Read timeouts apply to socket streams, not to channels.
        .useNio(false)
        // More than the selector admits, so that it can reject or replace connections.
        .maxTcpConnections(maxConnections + SPARE_CONNECTIONS)
        .errorHandling(ErrorHandling.builder().includeEntity(true).build())
        .directHandlers(directHandlers());
  }

  private static HttpRouting.Builder managementRoutes(Responses responses, Services services) {
    return HttpRouting.builder()
        .addFilter(new ConnectionCloseFilter())
        .register(
            new ManagementRoutes(
                services.catalog(), services.readiness(), services.metrics(), responses));
  }

  private static HttpRouting.Builder clientRoutes(
      RequestHandlers handlers, Responses responses, Settings settings, Services services) {
    FairBudget memory = services.memory().bodies();
    BodyReader bodyReader = new BodyReader(settings.requestTimeout());
    IngestRoutes ingest =
        new IngestRoutes(
            handlers,
            responses,
            bodyReader,
            memory,
            new IngestRoutes.Services(
                services.ingestion(), services.files(), services.disk(), services.metrics()));
    return HttpRouting.builder()
        .addFilter(new ConnectionCloseFilter())
        .register(ingest)
        .register("/api/v1", ingest)
        .register(new QueryRoutes(handlers, responses, bodyReader, memory, services.reader()))
        .register(new LookupRoutes(handlers, responses))
        .register(new OpenApiRoute(handlers, responses))
        .any(
            handlers.rejecting(
                ErrorCode.NOT_FOUND,
                "no resource at this URL; GET /openapi.yaml describes the supported URLs"));
  }

  /**
   * Returns handlers that respond in the form of the HTTP contract to requests that Helidon rejects
   * before routing, for example because they are not valid HTTP.
   */
  private static DirectHandlers directHandlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, WorkerServer::directResponse);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse directResponse(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    ApiException error =
        switch (type) {
          // From the transport, which has a message for the client.
          case OTHER -> new ApiException(transportError(status), message);
          // Handlers map their own exceptions, so an internal error at this point comes from
          // reading a truncated request.
          case BAD_REQUEST, HTTP_VERSION_NOT_SUPPORTED, INTERNAL_ERROR ->
              new ApiException(
                  ErrorCode.BAD_REQUEST,
                  "the request is not valid HTTP, or it is truncated; check the request line and the headers");
          case PAYLOAD_TOO_LARGE ->
              new ApiException(ErrorCode.REQUEST_TOO_LARGE, "the request is too large");
          case FORBIDDEN -> new ApiException(ErrorCode.FORBIDDEN, "forbidden");
        };
    return DirectHandler.TransportResponse.builder()
        .status(Status.create(error.code().status()))
        .headers(headers)
        .header(HeaderValues.CONTENT_TYPE_JSON)
        .keepAlive(false)
        .entity(ErrorBody.encode(error))
        .build();
  }

  private static ErrorCode transportError(Status status) {
    return switch (status.code()) {
      case 408 -> ErrorCode.REQUEST_TIMEOUT;
      case 505 -> ErrorCode.HTTP_VERSION;
      default -> ErrorCode.BAD_REQUEST;
    };
  }

  /** Returns the port for clients. */
  public int port() {
    return server.port();
  }

  /** Returns the port for health, metrics and the catalog. */
  public int managementPort() {
    return server.port(MANAGEMENT);
  }

  /**
   * Rejects new requests and waits for requests in progress, at most for the timeout. The listeners
   * stay open until {@link #close}.
   */
  public void drain(Duration timeout) {
    inFlight.drain(timeout);
  }

  @Override
  public void close() {
    server.stop();
    deadline.close();
  }
}
