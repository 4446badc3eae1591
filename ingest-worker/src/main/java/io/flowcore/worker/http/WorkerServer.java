package io.flowcore.worker.http;

import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.BodyReader;
import io.flowcore.worker.http.transport.ClientSockets;
import io.flowcore.worker.http.transport.ConnectionCloseFilter;
import io.flowcore.worker.http.transport.HttpVersionGuard;
import io.flowcore.worker.http.transport.RawContent;
import io.flowcore.worker.http.transport.WriteDeadline;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.query.EventReader;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The two HTTP listeners of a worker: one for clients, one for whoever runs it. */
public final class WorkerServer implements AutoCloseable {
  private static final String MANAGEMENT = "management";

  /** Room for 16 KiB of metadata in base64, a key, and what proxies add. */
  private static final int MAX_HEADERS_BYTES = 64 << 10;

  /** Room for a query of 100 event types by their ids. */
  private static final int MAX_PROLOGUE_BYTES = 16 << 10;

  private final WebServer server;
  private final Guard guard;
  private final WriteDeadline deadline;

  /**
   * Where and how to listen.
   *
   * @param host address of both listeners
   * @param port for clients; 0 takes a free one
   * @param managementPort for health, metrics and the catalog; 0 takes a free one
   * @param requestTimeout how long a body may take; also how long a connection may be silent in the
   *     middle of one
   * @param bodyMemory bytes that all request bodies together may take
   * @param queryMemory bytes that all queries together may hold
   * @param maxConnections open connections at most; further ones wait
   */
  public record Settings(
      String host,
      int port,
      int managementPort,
      Duration requestTimeout,
      long bodyMemory,
      long queryMemory,
      int maxConnections) {}

  /** What the listeners serve. */
  public record Services(
      LiveCatalog catalog,
      Authenticator authenticator,
      Ingestion ingestion,
      FileIngestion files,
      EventReader reader,
      DiskBudget disk,
      Readiness readiness,
      WorkerMetrics metrics) {}

  private WorkerServer(WebServer server, Guard guard, WriteDeadline deadline) {
    this.server = server;
    this.guard = guard;
    this.deadline = deadline;
  }

  /**
   * Starts both listeners.
   *
   * @throws UncheckedIOException with a {@link BindException} if a port can't be had
   */
  public static WorkerServer start(Settings settings, Services services) {
    WriteDeadline deadline = new WriteDeadline(settings.requestTimeout());
    Responses answers = new Responses(deadline);
    Guard guard =
        new Guard(services.catalog(), services.authenticator(), services.metrics(), answers);
    MemoryBudget memory = new MemoryBudget("request bodies", settings.bodyMemory());
    services
        .metrics()
        .gauge("flowcore.http.body.memory.bytes", "Memory in use by request bodies", memory::used);
    services
        .metrics()
        .gauge("flowcore.http.requests.in.flight", "Requests under way", guard::inFlight);
    WebServer server =
        WebServer.builder()
            .host(settings.host())
            .port(settings.port())
            .contentEncoding(new RawContent())
            .connectionOptions(new ClientSockets())
            // Read timeouts hold for streams of sockets, not for channels.
            .useNio(false)
            .maxTcpConnections(settings.maxConnections())
            .directHandlers(directHandlers())
            .shutdownHook(false)
            .routing(clientRoutes(guard, answers, settings, memory, services))
            .addConnectionSelector(new HttpVersionGuard())
            .addProtocol(
                Http1Config.builder()
                    .maxHeadersSize(MAX_HEADERS_BYTES)
                    .maxPrologueLength(MAX_PROLOGUE_BYTES)
                    .build())
            .putSocket(
                MANAGEMENT,
                socket ->
                    socket
                        .host(settings.host())
                        .port(settings.managementPort())
                        .routing(
                            HttpRouting.builder()
                                .addFilter(new ConnectionCloseFilter())
                                .register(
                                    new ManagementRoutes(
                                        services.catalog(),
                                        services.readiness(),
                                        services.metrics(),
                                        answers))))
            .build();
    server.start();
    if (!server.isRunning()) {
      // The server logs why and returns as if all were well.
      server.stop();
      deadline.close();
      throw new UncheckedIOException(
          new BindException(
              "can't listen on port %d and management port %d"
                  .formatted(settings.port(), settings.managementPort())));
    }
    return new WorkerServer(server, guard, deadline);
  }

  private static HttpRouting.Builder clientRoutes(
      Guard guard, Responses answers, Settings settings, MemoryBudget memory, Services services) {
    BodyReader bodies = new BodyReader(settings.requestTimeout());
    IngestRoutes ingest =
        new IngestRoutes(
            guard,
            answers,
            bodies,
            memory,
            services.disk(),
            services.ingestion(),
            services.files(),
            services.metrics());
    return HttpRouting.builder()
        .addFilter(new ConnectionCloseFilter())
        .register(ingest)
        .register("/api/v1", ingest)
        .register(new QueryRoutes(guard, answers, bodies, memory, services.reader()))
        .register(new LookupRoutes(guard, answers))
        .register(new OpenApiRoute(guard, answers))
        .any(guard.refusing(ErrorCode.NOT_FOUND, "there is nothing at this URL"));
  }

  /**
   * Answers to what is no HTTP or breaks its rules, before any handler sees it, in the form of the
   * contract.
   */
  private static DirectHandlers directHandlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, WorkerServer::directAnswer);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse directAnswer(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    ApiException refused =
        switch (type) {
          // The guard catches what handlers throw, so that an internal error here comes from
          // reading
          // a request that is no whole one.
          case BAD_REQUEST, OTHER, HTTP_VERSION_NOT_SUPPORTED, INTERNAL_ERROR ->
              new ApiException(
                  ErrorCode.BAD_REQUEST,
                  "the request breaks the rules of HTTP or ends too early, or its headers have more than "
                      + MAX_HEADERS_BYTES
                      + " bytes, or its URL more than "
                      + MAX_PROLOGUE_BYTES);
          case PAYLOAD_TOO_LARGE ->
              new ApiException(ErrorCode.REQUEST_TOO_LARGE, "the request is too large");
          case FORBIDDEN -> new ApiException(ErrorCode.FORBIDDEN, "forbidden");
        };
    return DirectHandler.TransportResponse.builder()
        .status(Status.create(refused.code().status()))
        .headers(headers)
        .header(HeaderValues.CONTENT_TYPE_JSON)
        .keepAlive(false)
        .entity(Responses.error(refused))
        .build();
  }

  /** The port for clients. */
  public int port() {
    return server.port();
  }

  /** The port for whoever runs the worker. */
  public int managementPort() {
    return server.port(MANAGEMENT);
  }

  /** Waits until no request is under way, at most for some time, then stops listening. */
  public void drain(Duration atMost) {
    guard.drain();
    long deadline = System.nanoTime() + atMost.toNanos();
    while (guard.inFlight() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Override
  public void close() {
    server.stop();
    deadline.close();
  }
}
