package io.flowcore.worker.soak;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;

/**
 * Clients that stall, lie about lengths, and fill what is shared. Some have a key of their own,
 * which is valid for another event type than the honest clients use.
 */
final class HostileClients {
  /** A key that may send and query the other event type, five requests a second. */
  static final String MANIFEST =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: hostile}
      spec:
        dataCoreRef: {name: shop}
        permissions: [ingest, fetch]
        allow: [{flowType: orders, eventTypes: [order.shipped]}]
        rateLimit: {requestsPerSecond: 5}
        existingSecretRef: {name: hostile-key}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: hostile-key}
      stringData: {key: fc_hostile_known-to-everybody}
      """;

  private static final String KEY = "Authorization: fc_hostile_known-to-everybody\r\n";
  private static final String SHIPPED = TestWorker.SHIPPED + " HTTP/1.1\r\nHost: x\r\n";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
  private static final Duration STALL = Duration.ofSeconds(60);

  private final int port;
  private final Random random;
  private final BooleanSupplier goOn;

  HostileClients(int port, Random random, BooleanSupplier goOn) {
    this.port = port;
    this.random = random;
    this.goOn = goOn;
  }

  /** Attacks until told to stop. Each attack holds its connections for up to a minute. */
  void run() {
    while (goOn.getAsBoolean()) {
      try {
        attack();
      } catch (IOException closedByTheWorker) {
        // As it should be.
      }
      LockSupport.parkNanos(Duration.ofMillis(random.nextInt(500)).toNanos());
    }
  }

  private void attack() throws IOException {
    switch (random.nextInt(8)) {
      case 0 -> endless("POST /nothing HTTP/1.1\r\nHost: x\r\n" + CHUNKED + "7fffffff\r\n");
      case 1 -> endless("POST /event" + SHIPPED + KEY + CHUNKED + "1;");
      case 2 -> stall(100, "GET / HTTP/1.1\r\nA: " + "a".repeat(20_000));
      case 3 ->
          stall(
              40,
              "POST /file"
                  + SHIPPED
                  + KEY
                  + "Content-Type: multipart/form-data; boundary=b\r\n"
                  + "Content-Length: 90000000\r\n\r\n--b\r\n");
      case 4 ->
          stall(
              40,
              "POST /events"
                  + SHIPPED
                  + KEY
                  + "Content-Length: 8000000\r\n\r\n["
                  + "{},".repeat(5_000));
      case 5 -> gzipBomb();
      case 6 -> unreadAnswers();
      default -> manyPastHours();
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private void endless(String beginning) throws IOException {
    byte[] piece = "0".repeat(65_536).getBytes(US_ASCII);
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(beginning.getBytes(US_ASCII));
      for (int n = 0; n < 1_000; n++) {
        out.write(piece);
      }
    }
  }

  /** Sends the same beginning on some connections, and then one byte every five seconds. */
  private void stall(int connections, String beginning) {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int n = 0; n < connections; n++) {
        sockets.add(connect());
        sockets.getLast().getOutputStream().write(beginning.getBytes(US_ASCII));
      }
      long end = System.nanoTime() + STALL.toNanos();
      while (System.nanoTime() < end && goOn.getAsBoolean()) {
        LockSupport.parkNanos(Duration.ofSeconds(5).toNanos());
        sockets.removeIf(socket -> !sendByte(socket));
      }
    } catch (IOException rejected) {
      // The worker limits connections.
    } finally {
      sockets.forEach(HostileClients::closeQuietly);
    }
  }

  private static boolean sendByte(Socket socket) {
    try {
      socket.getOutputStream().write(' ');
      return true;
    } catch (IOException closedByTheWorker) {
      closeQuietly(socket);
      return false;
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void gzipBomb() throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(compressed)) {
      byte[] blanks = " ".repeat(1 << 20).getBytes(US_ASCII);
      for (int n = 0; n < 50; n++) {
        gzip.write(blanks);
      }
    }
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /events"
                  + SHIPPED
                  + KEY
                  + "Content-Encoding: gzip\r\nContent-Length: "
                  + compressed.size()
                  + "\r\n\r\n")
              .getBytes(US_ASCII));
      out.write(compressed.toByteArray());
      socket.getInputStream().read();
    }
  }

  /** Asks for large pages and reads nothing. */
  private void unreadAnswers() {
    stall(
        40,
        "GET /api/v1/events?pageSize=10000&timeBucket="
            + TimeBucket.ofTicks(EventTime.toTicks(Instant.now()))
            + "&eventTypeId="
            + TestWorker.typeId("order.shipped")
            + " HTTP/1.1\r\nHost: x\r\n"
            + KEY
            + "\r\n");
  }

  /** Sends a batch whose events are spread over ten years of hours. */
  private void manyPastHours() throws IOException {
    StringBuilder body = new StringBuilder("[");
    for (int n = 0; n < 500; n++) {
      body.append(n == 0 ? "" : ",")
          .append("{\"at\":\"")
          .append(
              Instant.now()
                  .minusSeconds(3_600L * random.nextInt(87_600))
                  .truncatedTo(ChronoUnit.SECONDS))
          .append("\"}");
    }
    body.append(']');
    try (Socket socket = connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST /events"
                      + SHIPPED
                      + KEY
                      + "Content-Type: application/json\r\nx-flowcore-event-time-key: at\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(US_ASCII));
      socket.getInputStream().read();
    }
    LockSupport.parkNanos(Duration.ofSeconds(60).toNanos());
  }
}
