package io.flowcore.operator.observe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Serves health checks and metrics over HTTP: {@code /observe/health/live}, {@code
 * /observe/health/ready} and {@code /observe/metrics}.
 */
public final class ManagementServer implements AutoCloseable {
  private final HttpServer server;

  /**
   * Starts the server.
   *
   * @param port 0 to use a free port
   * @param livenessProblems why the operator must be restarted; empty if it is alive
   * @param readinessProblems why changes are currently not reconciled; empty if it is ready
   * @param metrics returns all metrics in the text format of Prometheus
   * @throws IOException if the port is in use
   */
  public ManagementServer(
      int port,
      Supplier<List<String>> livenessProblems,
      Supplier<List<String>> readinessProblems,
      Supplier<String> metrics)
      throws IOException {
    server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/observe/health/live", exchange -> sendHealth(exchange, livenessProblems.get()));
    server.createContext(
        "/observe/health/ready", exchange -> sendHealth(exchange, readinessProblems.get()));
    server.createContext("/observe/metrics", exchange -> send(exchange, 200, metrics.get()));
    server.start();
  }

  /** Returns the port of the server. */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void sendHealth(HttpExchange exchange, List<String> problems) throws IOException {
    boolean healthy = problems.isEmpty();
    send(exchange, healthy ? 200 : 503, healthy ? "UP\n" : String.join("\n", problems) + "\n");
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
