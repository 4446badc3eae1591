package io.flowcore.worker.http;

import io.flowcore.worker.http.transport.BoundedHttp1;
import io.flowcore.worker.http.transport.PassThroughEncoding;
import io.helidon.common.mapper.MapperManager;
import io.helidon.webserver.ErrorHandling;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.util.Locale;

/** Starts HTTP listeners whose clients are bounded in size, time and number. */
final class Listeners {
  /** Connections that are being accepted or closed. */
  private static final int SPARE_CONNECTIONS = 64;

  static {
    useOneMapperManager();
  }

  private Listeners() {}

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
   * Returns the configuration of a listener.
   *
   * @param port 0 selects a free port
   * @param maxConnections maximum number of open connections
   */
  static WebServerConfig.Builder configure(
      String host, int port, BoundedHttp1 http1, int maxConnections, HttpRouting.Builder routes) {
    return WebServer.builder()
        .host(host)
        .port(port)
        .shutdownHook(false)
        .connectionOptions(http1.connectionOptions())
        .addConnectionSelector(http1)
        .contentEncoding(new PassThroughEncoding())
        // Read timeouts apply to socket streams, not to channels.
        .useNio(false)
        // More than the selector admits, so that it can reject or replace connections.
        .maxTcpConnections(maxConnections + SPARE_CONNECTIONS)
        .errorHandling(ErrorHandling.builder().includeEntity(true).build())
        .directHandlers(DirectResponses.handlers())
        .routing(routes);
  }

  /**
   * Starts a listener.
   *
   * @throws UncheckedIOException with a {@link BindException} if the port is not available
   */
  static WebServer start(WebServerConfig.Builder config) {
    WebServer server = config.build();
    server.start();
    if (!server.isRunning()) {
      // Helidon logs the reason and returns normally.
      server.stop();
      throw new UncheckedIOException(
          new BindException(
              String.format(
                  Locale.ROOT,
                  "could not listen on port %d; check that no other process uses it",
                  server.prototype().port())));
    }
    return server;
  }
}
