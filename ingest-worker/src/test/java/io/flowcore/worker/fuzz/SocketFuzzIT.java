package io.flowcore.worker.fuzz;

import static io.flowcore.worker.fuzz.Fuzzing.INPUTS;
import static io.flowcore.worker.fuzz.Fuzzing.SEED;
import static io.flowcore.worker.fuzz.Fuzzing.lines;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.worker.TestWorker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated HTTP requests over sockets, a tenth of the number of inputs of {@link FuzzIT}. The worker
 * must not fail, must not leak memory or spool files, and must store only JSON objects.
 */
class SocketFuzzIT {
  private static final String TARGET = "/acme/shop/orders/order.placed";
  private static final String HEAD =
      " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TestWorker.KEY + "\r\n";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  private static final String[] TOKENS = {
    "\r\n",
    "\r\n\r\n",
    ":",
    " ",
    "%00",
    "%2F",
    "/",
    "?",
    "&",
    "key=",
    "HTTP/1.1",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "chunked",
    "{",
    "}",
    "\u0000",
    "\u00ff",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "GET ",
    "POST ",
    "HEAD ",
    "OPTIONS "
  };

  @Test
  void mutatedRequestsNeverMakeTheWorkerFail(@TempDir Path directory) throws Exception {
    Mutator mutator = new Mutator(new Random(SEED), seedRequests(), TOKENS);
    try (TestWorker worker = TestWorker.start(directory)) {
      fuzzSocket(worker, mutator);
      assertThat(worker.post("/event" + TARGET, "{}").status()).isEqualTo(200);
      await()
          .untilAsserted(() ->
              assertThat(worker.management("/observe/metrics").body())
                  .contains("flowcore_http_requests_in_flight 0.0")
                  .contains("flowcore_http_body_memory_bytes 0.0")
                  .contains("flowcore_query_memory_bytes 0.0")
                  .contains("flowcore_upload_spool_bytes 0.0")
                  .contains("flowcore_http_rejected_requests_total{code=\"internal_error\"} 0.0"));
      for (JsonNode event : worker.events("order.placed")) {
        assertThat(event.get("payload").isObject()).isTrue();
      }
    }
  }

  /** Returns valid requests to mutate. */
  private static List<byte[]> seedRequests() throws IOException {
    List<byte[]> requests = new ArrayList<>();
    requests.add(request("POST /event" + TARGET + HEAD, "", "{\"a\":1}".getBytes(UTF_8)));
    requests.add(request("POST /events" + TARGET + HEAD, "", "[{\"a\":1},{}]".getBytes(UTF_8)));
    requests.add(
        request(
            "POST /event" + TARGET + HEAD,
            "Content-Encoding: gzip\r\n",
            compressed("{\"a\":1}", true)));
    requests.add(
        request(
            "POST /events" + TARGET + HEAD,
            "Content-Encoding: deflate\r\nx-flowcore-event-time: 2026-01-01T00:00:00Z\r\n",
            compressed("[{\"a\":1}]", false)));
    requests.add(
        ("POST /event"
                + TARGET
                + HEAD
                + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n")
            .getBytes(UTF_8));
    requests.add(
        request(
            "POST /file" + TARGET + HEAD,
            "Content-Type: multipart/form-data; boundary=b\r\n",
            lines(
                    "--b",
                    "Content-Disposition: form-data; name=\"type\"",
                    "",
                    "t",
                    "--b",
                    "Content-Disposition: form-data; name=\"file\"; filename=\"a\"",
                    "",
                    "abc",
                    "--b--",
                    "")
                .getBytes(UTF_8)));
    requests.add(
        ("GET /api/v1/time-buckets?eventTypeId="
                + TestWorker.typeId("order.placed")
                + "&pageSize=2&order=desc"
                + HEAD
                + "\r\n")
            .getBytes(UTF_8));
    requests.add(
        request(
            "POST /api/v1/events" + HEAD,
            "",
            ("{\"tenant\":\"acme\",\"dataCoreId\":\"shop\",\"flowType\":\"orders\",\"eventTypes\":[\"order.placed\"],"
                    + "\"timeBucket\":\"20260101000000\",\"pageSize\":3}")
                .getBytes(UTF_8)));
    requests.add(("GET /api/v1/data-cores?tenant=acme" + HEAD + "\r\n").getBytes(UTF_8));
    return requests;
  }

  private static void fuzzSocket(TestWorker worker, Mutator mutator) {
    long inputs = INPUTS / 10;
    long rejected = 0;
    for (long n = 0; n < inputs; n++) {
      byte[] input = mutator.next();
      try {
        Matcher status = STATUS.matcher(exchange(worker, input));
        while (status.find()) {
          int code = Integer.parseInt(status.group(1));
          assertThat(code).isNotIn(500, 501, 502, 503);
          rejected += code >= 400 ? 1 : 0;
        }
      } catch (Exception | Error e) {
        throw new AssertionError(
            "requests, seed %d, input %d: %s".formatted(SEED, n, new String(input, ISO_8859_1)), e);
      }
    }
    System.out.printf(
        "SocketFuzzIT: whole requests: %,d inputs, %,d rejected (seed %d)%n",
        inputs, rejected, SEED);
    assertThat(rejected).isPositive();
  }

  /** Sends the bytes, closes the sending side, and returns the response. */
  private static String exchange(TestWorker worker, byte[] input) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      socket.setSoTimeout(30_000);
      try {
        socket.getOutputStream().write(input);
        socket.shutdownOutput();
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      } catch (SocketException closedByTheWorker) {
        return "";
      }
    }
  }

  private static byte[] request(String head, String headers, byte[] body) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write((head + headers + "Content-Length: " + body.length + "\r\n\r\n").getBytes(UTF_8));
    request.write(body);
    return request.toByteArray();
  }

  private static byte[] compressed(String text, boolean gzip) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = gzip ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }
}
