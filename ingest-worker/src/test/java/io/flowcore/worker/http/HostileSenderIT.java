package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.KEY;
import static io.flowcore.worker.TestWorker.PLACED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Clients that send false lengths, stall, or never end. The tests write to a socket, since an HTTP
 * client would not send such requests.
 */
class HostileSenderIT {
  private static final int TIMEOUT_SECONDS = 2;

  @RegisterExtension
  private final TestWorkerExtension worker =
      new TestWorkerExtension(Duration.ofSeconds(TIMEOUT_SECONDS));

  private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void theWorkerStoredNothingAndStillAcceptsEvents() {
    assertThat(worker.stored()).isZero();
    assertThat(worker.post("/event" + PLACED, "{}").status()).isEqualTo(200);
    // The worker notices only after a moment that a client has disconnected.
    await()
        .untilAsserted(() ->
            assertThat(worker.management("/observe/metrics").body())
                .contains("flowcore_http_body_memory_bytes 0.0"));
    senders.close();
  }

  private Socket connect(String url, String... headers) throws IOException {
    Socket socket = Sockets.connect(worker);
    StringBuilder head =
        new StringBuilder(
            "POST " + url + PLACED + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + KEY + "\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    socket.getOutputStream().write(head.append("\r\n").toString().getBytes(US_ASCII));
    return socket;
  }

  @Test
  void anEndlessChunkedBodyIsRejectedAtTheLimit() throws Exception {
    try (Socket socket = connect("/event", "Transfer-Encoding: chunked")) {
      byte[] chunk = ("4000\r\n" + " ".repeat(0x4000) + "\r\n").getBytes(US_ASCII);
      Future<?> sender = senders.submit(() -> sendUntilClosed(socket, chunk));
      assertThat(Sockets.readToEnd(socket))
          .startsWith("HTTP/1.1 413")
          .contains("event_too_large", "65,536", "Connection: close");
      sender.get();
    }
  }

  @Test
  void aChunkOfTwoGigabytesIsNotWaitedForWithoutAKey() throws Exception {
    for (String line : List.of("POST /nothing", "POST /event" + PLACED, "GET /openapi.yaml")) {
      for (int port : new int[] {worker.port(), worker.managementPort()}) {
        long sent =
            sendEndlessly(
                port,
                line + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n");

        assertThat(sent).as(line).isLessThan(64 << 20);
      }
    }
  }

  @Test
  void aLineThatNeverEndsIsGivenUpAfterSomeKilobytes() throws Exception {
    String head = "POST /event" + PLACED + " HTTP/1.1\r\nHost: x\r\n";
    String chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    for (String beginning :
        List.of(
            "GET /",
            head + "A: ",
            chunked + "1;",
            chunked + "0000",
            chunked + "2\r\n{}\r\n0\r\nTrailer: ")) {
      assertThat(sendEndlessly(worker.port(), beginning)).as(beginning).isLessThan(64 << 20);
    }
  }

  /** Sends zeros after a beginning until the worker closes; returns how many bytes were sent. */
  private static long sendEndlessly(int port, String beginning) throws IOException {
    byte[] zeros = "0".repeat(64 << 10).getBytes(US_ASCII);
    long sent = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(beginning.getBytes(US_ASCII));
      while (sent < 256 << 20) {
        out.write(zeros);
        sent += zeros.length;
      }
    } catch (SocketException closedByTheWorker) {
      return sent;
    }
    return sent;
  }

  @Test
  void headersThatArriveByteByByteHaveADeadlineTogether() throws Exception {
    long started = System.nanoTime();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      socket.setSoTimeout(20_000);
      Future<?> sender =
          senders.submit(() -> {
            try {
              socket.getOutputStream().write("GET / HTTP/1.1\r\nA: ".getBytes(US_ASCII));
              while (System.nanoTime() - started < TimeUnit.SECONDS.toNanos(20)) {
                socket.getOutputStream().write('a');
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
              }
            } catch (IOException closed) {
              assertThat(closed).isInstanceOf(SocketException.class);
            }
          });

      assertThat(Sockets.readToEnd(socket)).startsWith("HTTP/1.1 408").contains("request_timeout");
      sender.get();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(15));
  }

  private static void sendUntilClosed(Socket socket, byte[] chunk) {
    try {
      OutputStream out = socket.getOutputStream();
      for (int i = 0; i < 100_000; i++) {
        out.write(chunk);
      }
      throw new AssertionError("the worker accepted 1.6 GB");
    } catch (IOException expected) {
      assertThat(expected).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aBodyThatDecompressesToAThousandTimesItsSizeIsRejected() throws Exception {
    byte[] member = Compression.gzip(new byte[1 << 20]);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    for (int i = 0; i < 10_240; i++) {
      bomb.write(member);
    }
    assertThat(bomb.size()).isBetween(9 << 20, 11 << 20);

    try (Socket socket =
        connect("/events", "Content-Encoding: gzip", "Content-Length: " + bomb.size())) {
      Future<?> sender =
          senders.submit(() -> {
            try {
              socket.getOutputStream().write(bomb.toByteArray());
            } catch (IOException e) {
              assertThat(e).isInstanceOf(SocketException.class);
            }
          });
      assertThat(Sockets.readToEnd(socket))
          .startsWith("HTTP/1.1 413")
          .contains("request_too_large", "200 times");
      sender.get();
    }
  }

  @Test
  void aCompressedBodyIsRejectedAtTheLimitOfItsDecompressedSize() throws IOException {
    Random random = new Random(1);
    StringBuilder body = new StringBuilder("[");
    while (body.length() < 17_000_000) {
      body.append("{\"n\":").append(random.nextInt()).append("},\n");
    }
    Answer answer =
        worker.post(
            "/events" + PLACED,
            Compression.gzip(body.append("{}]").toString().getBytes(US_ASCII)),
            "Content-Encoding",
            "gzip");

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.message()).contains("16,777,216");
  }

  @Test
  void aTooLargeContentLengthIsRejectedBeforeTheBodyArrives() throws IOException {
    try (Socket socket = connect("/events", "Content-Length: 99999999999")) {
      assertThat(Sockets.readToEnd(socket)).startsWith("HTTP/1.1 413").contains("99,999,999,999");
    }
  }

  @Test
  void aBodyShorterThanItsContentLengthStoresNothing() throws IOException {
    try (Socket socket = connect("/event", "Content-Length: 100")) {
      socket.getOutputStream().write("{\"a\":1}".getBytes(US_ASCII));
      socket.shutdownOutput();
      assertThat(Sockets.readToEnd(socket)).doesNotContain("HTTP/1.1 200");
    }
  }

  @Test
  void aBodyLongerThanItsContentLengthStoresNothing() throws IOException {
    try (Socket socket = connect("/event", "Content-Length: 3")) {
      socket.getOutputStream().write("{\"a\":1}".getBytes(US_ASCII));
      socket.shutdownOutput();
      assertThat(Sockets.readToEnd(socket))
          .startsWith("HTTP/1.1 400")
          .contains("invalid_json")
          .doesNotContain("HTTP/1.1 200");
    }
  }

  @Test
  void aSilentClientGetsATimeoutError() throws IOException {
    try (Socket socket = connect("/event", "Content-Length: 100")) {
      socket.getOutputStream().write('{');
      assertThat(Sockets.readToEnd(socket))
          .startsWith("HTTP/1.1 408")
          .contains("request_timeout", TIMEOUT_SECONDS + " seconds");
    }
  }

  @Test
  void aClientThatSendsByteByByteGetsATimeoutError() throws Exception {
    try (Socket socket = connect("/event", "Content-Length: 10000")) {
      Future<?> sender = senders.submit(() -> trickle(socket));
      assertThat(Sockets.readToEnd(socket)).startsWith("HTTP/1.1 408").contains("request_timeout");
      sender.get();
    }
  }

  private static void trickle(Socket socket) {
    try {
      for (int i = 0; i < 10_000; i++) {
        socket.getOutputStream().write(' ');
        LockSupport.parkNanos(20_000_000);
      }
      throw new AssertionError("the worker read for minutes");
    } catch (IOException expected) {
      assertThat(expected).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aClientThatDoesNotReadItsResponsesIsDisconnected() throws IOException {
    String head = " HTTP/1.1\r\nHost: x\r\nAuthorization: " + KEY + "\r\n\r\n";
    byte[] request =
        ("GET /openapi.yaml" + head + "GET /api/v1/event-types" + head).getBytes(US_ASCII);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), worker.port())) {
      Future<?> sending =
          senders.submit(() -> {
            while (true) {
              socket.getOutputStream().write(request);
            }
          });
      assertThatThrownBy(() -> sending.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(SocketException.class);
    }
  }

  @Test
  void aClientThatDisconnectsWithinItsBodyStoresNothing() throws IOException {
    try (Socket socket = connect("/events", "Transfer-Encoding: chunked")) {
      socket.getOutputStream().write("5\r\n[{},{\r\n".getBytes(US_ASCII));
    }
  }

  @Test
  void aHundredThousandOpeningBracketsAreRejected() {
    Answer answer = worker.post("/events" + PLACED, "[".repeat(100_000));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.message()).contains("1000 levels");
  }

  @Test
  void aRequestThatIsNotValidHttpGetsAnErrorInTheFormOfTheContract() throws IOException {
    try (Socket socket = Sockets.connect(worker)) {
      socket
          .getOutputStream()
          .write("POST /%zz HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n".getBytes(US_ASCII));
      assertThat(Sockets.readToEnd(socket))
          .startsWith("HTTP/1.1 400")
          .contains("\"error\":\"bad_request\"");
    }
  }
}
