package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers that protect what a worker sends from browsers and caches. */
class ResponseHeadersIT {
  @RegisterExtension private static final TestWorkerExtension worker = new TestWorkerExtension();

  private static final String BODY = "\r\nContent-Length: 2\r\n\r\n{}";
  private static final String NO_BODY = "\r\n\r\n";

  /** Sends a request and returns everything that comes back. */
  private static String exchange(int port, String request) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return Sockets.readToEnd(socket);
    }
  }

  private static void mustHaveTheHeaders(String response) {
    assertThat(response.substring(0, response.indexOf("\r\n\r\n")).lines())
        .as(response)
        .containsOnlyOnce("X-Content-Type-Options: nosniff", "Cache-Control: no-store");
  }

  @ParameterizedTest
  @CsvSource({
    "POST /event%s,200",
    "POST /event/acme/shop/orders/nope,404",
    "POST /events%s,400",
    "PUT /event%s,405",
    "GET /openapi.yaml,200",
    "HEAD /openapi.yaml,405",
    "POST /openapi.yaml,405",
    "GET /nothing,404",
    "GET /api/v1/tenants/translate-name-to-id/acme,200",
    "GET /api/v1/events,400",
    "GET /event%%zz,400",
    "GET /api/v1/time-buckets?eventTypeId=%s,200"
  })
  void everyResponseToAClientForbidsSniffingAndCaching(String line, int status) throws Exception {
    String target =
        line.formatted(line.contains("Id=") ? TestWorker.typeId("order.placed") : PLACED);
    String head =
        target
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
            + KEY
            + (line.startsWith("P") ? BODY : NO_BODY);

    String response = exchange(worker.port(), head);

    assertThat(response).startsWith("HTTP/1.1 " + status);
    mustHaveTheHeaders(response);
  }

  @ParameterizedTest
  @CsvSource({
    "POST /event/a/b/c/d HTTP/1.1,401",
    "GET / HTTP/9.9,505",
    "GET / HTTP/1.0,505",
    "nonsense,505",
    "GET /a[] HTTP/1.1,400"
  })
  void everyErrorForbidsSniffingAndCaching(String request, int status) throws Exception {
    String response = exchange(worker.port(), request + "\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertThat(response).startsWith("HTTP/1.1 " + status);
    mustHaveTheHeaders(response);
  }

  @ParameterizedTest
  @CsvSource({
    "GET /observe/health/live HTTP/1.1,200",
    "GET /observe/health/ready HTTP/1.1,200",
    "GET /observe/metrics HTTP/1.1,200",
    "GET /observe/catalog HTTP/1.1,200",
    "GET /nothing HTTP/1.1,404",
    "GET / HTTP/9.9,505",
    "nonsense,505"
  })
  void everyResponseOfTheManagementPortForbidsSniffingAndCaching(String request, int status)
      throws Exception {
    String response =
        exchange(worker.managementPort(), request + "\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertThat(response).startsWith("HTTP/1.1 " + status);
    mustHaveTheHeaders(response);
  }
}
