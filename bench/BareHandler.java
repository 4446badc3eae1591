import io.helidon.http.HeaderValues;
import io.helidon.webserver.WebServer;
import java.nio.charset.StandardCharsets;

/** The ceiling: the same server, which reads a body and answers as many bytes as a worker does, and does nothing else. */
public final class BareHandler {
  private static final byte[] ANSWER =
      ("{\"success\":true,\"received\":true,\"eventId\":\"4667a481-e781-11f1-83e3-cf814667a481\","
              + "\"flowType\":\"orders\",\"eventType\":\"order.placed\"}")
          .getBytes(StandardCharsets.UTF_8);

  private BareHandler() {}

  public static void main(String[] arguments) {
    WebServer.builder()
        .host("127.0.0.1")
        .port(Integer.parseInt(arguments[0]))
        // As the worker has it; channels are slower here.
        .useNio(false)
        .routing(
            routing ->
                routing.post(
                    "/event/{tenant}/{dataCore}/{flowType}/{eventType}",
                    (request, response) -> {
                      request.content().inputStream().readAllBytes();
                      response.header(HeaderValues.CONTENT_TYPE_JSON).send(ANSWER);
                    }))
        .build()
        .start();
  }
}
