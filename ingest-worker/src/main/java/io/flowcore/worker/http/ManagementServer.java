package io.flowcore.worker.http;

import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.http.transport.BoundedHttp1;
import io.flowcore.worker.http.transport.ConnectionCloseFilter;
import io.flowcore.worker.http.transport.TransportLimits;
import io.flowcore.worker.http.transport.WriteDeadline;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.UncheckedIOException;
import java.net.BindException;

/**
 * The HTTP listener for health, metrics and the catalog. It runs from the start of the process to
 * its end: while the worker waits for its store, and while it shuts down.
 */
public final class ManagementServer implements AutoCloseable {
  /** For probes, scrapers and the operator. */
  private static final int MAX_CONNECTIONS = 100;

  /** No route reads a body. */
  private static final long MAX_BODY_BYTES = 64 << 10;

  private final WebServer server;
  private final WriteDeadline deadline;

  private ManagementServer(WebServer server, WriteDeadline deadline) {
    this.server = server;
    this.deadline = deadline;
  }

  /**
   * Starts the listener.
   *
   * @param settings the host, the management port and the timeout of requests are used
   * @throws UncheckedIOException with a {@link BindException} if the port is not available
   */
  public static ManagementServer start(
      WorkerServer.Settings settings,
      LiveCatalog catalog,
      Readiness readiness,
      WorkerMetrics metrics) {
    WriteDeadline deadline = new WriteDeadline(settings.requestTimeout());
    HttpRouting.Builder routes =
        HttpRouting.builder()
            .addFilter(new ConnectionCloseFilter())
            .addFilter(new StandardHeaders(() -> false))
            .register(new ManagementRoutes(catalog, readiness, metrics, new Responses(deadline)));
    BoundedHttp1 http1 =
        new BoundedHttp1(
            TransportLimits.withBodyTimeout(settings.requestTimeout()), MAX_CONNECTIONS);
    try {
      return new ManagementServer(
          Listeners.start(
              Listeners.configure(
                      settings.host(), settings.managementPort(), http1, MAX_CONNECTIONS, routes)
                  .maxPayloadSize(MAX_BODY_BYTES)),
          deadline);
    } catch (RuntimeException e) {
      deadline.close();
      throw e;
    }
  }

  /** Returns the port of the listener. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.stop();
    deadline.close();
  }
}
