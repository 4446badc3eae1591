import io.helidon.common.socket.SocketOptions;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.WebServer;
import java.lang.reflect.Proxy;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Baseline for bench/ingest.sh: the same HTTP server with the worker's socket options. It reads the
 * body, responds with as many bytes as a worker, and does nothing else.
 */
public final class BareHandler {
  private static final byte[] ANSWER =
      ("{\"success\":true,\"received\":true,\"eventId\":\"4667a481-e781-11f1-83e3-cf814667a481\","
              + "\"flowType\":\"orders\",\"eventType\":\"order.placed\"}")
          .getBytes(StandardCharsets.UTF_8);
  private static final int READ_TIMEOUT_MILLIS = 30_000;

  private BareHandler() {}

  public static void main(String[] arguments) {
    WebServer.builder()
        .host("127.0.0.1")
        .port(Integer.parseInt(arguments[0]))
        .useNio(false)
        .connectionOptions(withReadTimeout())
        .routing(routing ->
            routing.post(
                "/event/{tenant}/{dataCore}/{flowType}/{eventType}",
                (request, response) -> {
                  request.content().inputStream().readAllBytes();
                  response.header(HeaderValues.CONTENT_TYPE_JSON).send(ANSWER);
                }))
        .build()
        .start();
  }

  private static SocketOptions withReadTimeout() {
    SocketOptions options = SocketOptions.builder().build();
    return (SocketOptions)
        Proxy.newProxyInstance(
            SocketOptions.class.getClassLoader(),
            new Class<?>[] {SocketOptions.class},
            (proxy, method, values) -> {
              if (method.getName().equals("configureSocket")
                  && values[0] instanceof SocketChannel channel) {
                channel.socket().setSoTimeout(READ_TIMEOUT_MILLIS);
                channel.socket().setTcpNoDelay(true);
              }
              return method.invoke(options, values);
            });
  }
}
