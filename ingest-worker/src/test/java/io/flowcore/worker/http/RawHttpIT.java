package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that an HTTP client would not send, written to a socket. */
class RawHttpIT {
  private static final String AUTHORIZED = "Host: x\r\nAuthorization: " + KEY + "\r\n";

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Stores nothing in any test, so that its store stays empty. */
  @RegisterExtension
  private static final TestWorkerExtension worker = new TestWorkerExtension(TIMEOUT);

  /** For each test that stores events. */
  @RegisterExtension private final TestWorkerExtension fresh = new TestWorkerExtension(TIMEOUT);

  private static String exchange(TestWorkerExtension worker, String request) throws IOException {
    try (Socket socket = Sockets.connect(worker)) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      socket.shutdownOutput();
      return Sockets.readToEnd(socket);
    }
  }

  private static String post(String headers, String body) {
    return "POST /event" + PLACED + " HTTP/1.1\r\n" + AUTHORIZED + headers + "\r\n" + body;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: CHUNKED\r\n",
        "Transfer-Encoding: identity\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nContent-Length: 40\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length: -2\r\n"
      })
  void aBodyWithAnAmbiguousEndIsRejectedAndItsRestIsNotReadAsARequest(String framing)
      throws IOException {
    String response = exchange(worker, post(framing, "{}") + post("Content-Length: 2\r\n", "{}"));

    assertThat(response).startsWith("HTTP/1.1 400").contains("bad_request");
    assertThat(response.split("HTTP/1.1 ", -1)).as(response).hasSize(2);
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zz\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}xx\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "0000000000000002\r\n{}\r\n0\r\n\r\n"
      })
  void malformedChunksAreAClientError(String body) throws IOException {
    assertThat(exchange(worker, post("Transfer-Encoding: chunked\r\n", body)))
        .startsWith("HTTP/1.1 400")
        .doesNotContain(KEY);
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2;a=b\r\n{}\r\n0\r\n\r\n",
        "1;\r\n{\r\n1 ; x = \"y\"\r\n}\r\n0;z\r\n\r\n",
        "2\r\n{}\r\n0\r\nX: y\r\nZ:\r\n\r\n",
        "0002\r\n{}\r\n000\r\n\r\n"
      })
  void chunkExtensionsAndTrailersAreIgnored(String body) throws IOException {
    String next = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";

    String responses = exchange(fresh, post("Transfer-Encoding: Chunked\r\n", body) + next);

    assertThat(responses).startsWith("HTTP/1.1 200").contains("HTTP/1.1 404");
    assertThat(fresh.stored()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"100-continue", "100-Continue", "100-CONTINUE"})
  void aBodyThatWaitsForContinueIsNotReadAfterAnError(String expect) throws IOException {
    String inner = post("Content-Length: 2\r\n", "{}");
    String outer =
        "POST /event"
            + PLACED
            + " HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\nExpect: "
            + expect
            + "\r\nContent-Length: "
            + inner.length()
            + "\r\n\r\n";

    String response = exchange(worker, outer + inner);

    assertThat(response)
        .startsWith("HTTP/1.1 401")
        .containsIgnoringCase("Connection: close")
        .doesNotContain("100 Continue")
        .doesNotContain("HTTP/1.1 200");
    assertThat(worker.stored()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"100-continue", "100-Continue"})
  void aClientIsAskedForItsBody(String expect) throws IOException {
    String response =
        exchange(fresh, post("Expect: " + expect + "\r\nContent-Length: 2\r\n", "{}"));

    assertThat(response).startsWith("HTTP/1.1 100 Continue").contains("HTTP/1.1 200");
  }

  @Test
  void theLengthOfABodyIsCheckedOnEveryUrl() throws IOException {
    String inner = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    for (String length : List.of("+" + inner.length(), "0\r\nContent-Length: 34")) {
      String response =
          exchange(
              worker,
              "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\nContent-Length: "
                  + length
                  + "\r\n\r\n"
                  + inner);

      assertThat(response).startsWith("HTTP/1.1 400").doesNotContain("HTTP/1.1 404");
    }
  }

  @Test
  void emptyLinesBeforeARequestAreIgnored() throws IOException {
    String request = post("Content-Length: 2\r\n", "{}");

    assertThat(exchange(fresh, "\r\n" + request + "\r\n\r\n" + request).split("HTTP/1.1 200", -1))
        .hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "Close", "keep-alive, close"})
  void aConnectionIsClosedAfterTheResponseIfTheClientAsksForIt(String value) throws IOException {
    try (Socket socket = Sockets.connect(fresh)) {
      socket.setSoTimeout(1_500); // shorter than the worker's timeout
      String request = post("Connection: " + value + "\r\nContent-Length: 7\r\n", "{\"a\":1}");
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));

      assertThat(Sockets.readToEnd(socket)).startsWith("HTTP/1.1 200").endsWith("}");
    }
  }

  @Test
  void responsesToHeadHaveNoBody() throws IOException {
    String head = "HEAD /event" + PLACED + " HTTP/1.1\r\n" + AUTHORIZED + "\r\n";
    String responses = exchange(fresh, head + head + post("Content-Length: 2\r\n", "{}"));

    assertThat(responses).startsWith("HTTP/1.1 405").contains("Allow: POST");
    assertThat(responses.split("HTTP/1.1 405", -1)).hasSize(3);
    assertThat(responses.split("\\{", -1)).as("one body: the one of the event").hasSize(2);
    assertThat(fresh.stored()).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "0.9", "2.0", "3"})
  void anotherVersionOfHttpIsRejected(String version) throws IOException {
    String response =
        exchange(worker, "GET /api/v1/data-cores HTTP/" + version + "\r\n" + AUTHORIZED + "\r\n");

    assertThat(response).startsWith("HTTP/1.1 505").contains("HTTP/1.1 is required");
  }

  @Test
  void aHeaderCanHave16KiBOfMetadata() throws IOException {
    String json = "{\"a\":\"" + "x".repeat((16 << 10) - 8) + "\"}";
    String encoded = Base64.getEncoder().encodeToString(json.getBytes(ISO_8859_1));
    String response =
        exchange(
            fresh,
            post("Content-Length: 2\r\nx-flowcore-metadata-json: " + encoded + "\r\n", "{}"));

    assertThat(response).startsWith("HTTP/1.1 200");
    assertThat(fresh.events("order.placed").getFirst().at("/metadata/a").asText())
        .hasSize((16 << 10) - 8);
  }

  @ParameterizedTest
  @CsvSource({"40000,0,'32,768'", "0,40000,'32,768'"})
  void theErrorNamesTheLimitOfHeadersAndUrls(int header, int url, String limit) throws IOException {
    String response =
        exchange(
            worker,
            "POST /event"
                + PLACED
                + "?x="
                + "u".repeat(url)
                + " HTTP/1.1\r\n"
                + AUTHORIZED
                + "Big: "
                + "h".repeat(header)
                + "\r\nContent-Length: 2\r\n\r\n{}");

    assertThat(response).startsWith("HTTP/1.1 400").contains("bad_request", limit);
    assertThat(worker.stored()).isZero();
  }

  @Test
  void metadataOutsideAsciiIsRejectedRatherThanCorrupted() throws IOException {
    assertThat(
            exchange(
                worker,
                post(
                    "Content-Length: 2\r\nx-flowcore-metadata-json: {\"a\":\"\u00fc\"}\r\n", "{}")))
        .startsWith("HTTP/1.1 400")
        .contains("invalid_metadata", "base64");
  }

  @Test
  void aHeaderThatAppearsTwiceIsRejected() throws IOException {
    String twice =
        "x-flowcore-event-time: 2026-01-01T00:00:00Z\r\nx-flowcore-event-time: 2026-01-02T00:00:00Z\r\n";
    assertThat(exchange(worker, post("Content-Length: 2\r\n" + twice, "{}")))
        .startsWith("HTTP/1.1 400")
        .contains("invalid_event_time", "appears 2 times");
  }

  @Test
  void anErrorIsSentBeforeTheBodyArrives() throws IOException {
    try (Socket socket = Sockets.connect(worker)) {
      socket.setSoTimeout(1_000);
      socket
          .getOutputStream()
          .write(
              ("POST /event" + PLACED + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
                  .getBytes(ISO_8859_1));

      assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
          .isEqualTo("HTTP/1.1 401");
    }
  }

  @Test
  void aClientThatStopsReadingItsResponseIsDisconnected() throws IOException {
    String batch = "[{\"a\":\"" + "x".repeat(60_000) + "\"}" + ",{\"a\":\"" + "y".repeat(60_000);
    for (int i = 0; i < 100; i++) {
      assertThat(fresh.post("/events" + PLACED, batch + "\"}]").status()).isEqualTo(200);
    }
    String bucket =
        fresh
            .get("/api/v1/time-buckets?eventTypeId=" + TestWorker.typeId("order.placed"))
            .json()
            .at("/timeBuckets/0")
            .asText();
    try (Socket socket = Sockets.connect(fresh)) {
      String query =
          "/api/v1/events?eventTypeId="
              + TestWorker.typeId("order.placed")
              + "&timeBucket="
              + bucket;
      socket
          .getOutputStream()
          .write(("GET " + query + " HTTP/1.1\r\n" + AUTHORIZED + "\r\n").getBytes(ISO_8859_1));
      assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
          .isEqualTo("HTTP/1.1 200");
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(fresh.management("/observe/metrics").body())
                  .contains("flowcore_http_requests_in_flight 0.0")
                  .contains("flowcore_query_memory_bytes 0.0"));
    }
    assertThat(fresh.post("/event" + PLACED, "{}").status()).isEqualTo(200);
  }
}
