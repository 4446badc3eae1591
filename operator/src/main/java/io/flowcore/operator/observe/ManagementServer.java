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
 * Health and metrics over HTTP: {@code /health/live}, {@code /health/ready} and {@code /metrics}.
 */
public final class ManagementServer implements AutoCloseable {
  private final HttpServer server;

  /**
   * Starts.
   *
   * @param dead reasons to be restarted
   * @param unready reasons why nothing is reconciled at present
   * @throws IOException if the port is taken
   */
  public ManagementServer(
      int port,
      Supplier<List<String>> dead,
      Supplier<List<String>> unready,
      Supplier<String> metrics)
      throws IOException {
    server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/health/live", exchange -> health(exchange, dead.get()));
    server.createContext("/health/ready", exchange -> health(exchange, unready.get()));
    server.createContext("/metrics", exchange -> send(exchange, 200, metrics.get()));
    server.start();
  }

  /** The port, which the system may have chosen. */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void health(HttpExchange exchange, List<String> problems) throws IOException {
    boolean well = problems.isEmpty();
    send(exchange, well ? 200 : 503, well ? "UP\n" : String.join("\n", problems) + "\n");
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
