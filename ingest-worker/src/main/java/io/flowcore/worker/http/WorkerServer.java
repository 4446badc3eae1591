package io.flowcore.worker.http;

import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.BodyReader;
import io.flowcore.worker.http.transport.BoundedHttp1;
import io.flowcore.worker.http.transport.ConnectionCloseFilter;
import io.flowcore.worker.http.transport.TransportLimits;
import io.flowcore.worker.http.transport.WriteDeadline;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.query.EventReader;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;

/** The HTTP listener of a worker for clients. */
public final class WorkerServer implements AutoCloseable {
  private final WebServer server;
  private final Drain drain;
  private final WriteDeadline deadline;

  /**
   * Addresses and limits of the listeners for clients and for management.
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
      WorkerMetrics metrics) {}

  private WorkerServer(WebServer server, Drain drain, WriteDeadline deadline) {
    this.server = server;
    this.drain = drain;
    this.deadline = deadline;
  }

  /**
   * Starts the listener.
   *
   * @throws UncheckedIOException with a {@link BindException} if the port is not available
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
    BoundedHttp1 http1 =
        new BoundedHttp1(
            TransportLimits.withBodyTimeout(settings.requestTimeout()), settings.maxConnections());
    HttpRouting.Builder routes =
        HttpRouting.builder()
            .addFilter(new ConnectionCloseFilter())
            .addFilter(new StandardHeaders(inFlight::isShuttingDown));
    addRoutes(routes, handlers, responses, settings, services);
    try {
      WebServer server =
          Listeners.start(
              Listeners.configure(
                  settings.host(), settings.port(), http1, settings.maxConnections(), routes));
      return new WorkerServer(server, new Drain(inFlight, http1), deadline);
    } catch (RuntimeException e) {
      deadline.close();
      throw e;
    }
  }

  private static void addRoutes(
      HttpRouting.Builder routes,
      RequestHandlers handlers,
      Responses responses,
      Settings settings,
      Services services) {
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
    routes
        .register(ingest)
        .register("/api/v1", ingest)
        .register(new QueryRoutes(handlers, responses, bodyReader, memory, services.reader()))
        .register(new LookupRoutes(handlers, responses))
        .register(new PublicRoutes(handlers, responses))
        .any(
            handlers.rejecting(
                ErrorCode.NOT_FOUND,
                "no resource at this URL; GET /openapi.yaml describes the supported URLs"));
  }

  /** Returns the port for clients. */
  public int port() {
    return server.port();
  }

  /**
   * Stops serving clients: first asks them to close their connections, then rejects new requests,
   * and waits for requests in progress. The listener stays open until {@link #close}.
   */
  public DrainReport drain(DrainSettings settings) {
    return drain.run(settings);
  }

  @Override
  public void close() {
    server.stop();
    deadline.close();
  }
}
