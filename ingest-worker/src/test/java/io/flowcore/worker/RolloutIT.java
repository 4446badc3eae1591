package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.testing.FreePorts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replaces a worker under load, as a rollout of a data core with an embedded store does. */
class RolloutIT {
  private static final int SENDERS = 8;
  private static final int REPLACEMENTS = 3;
  private static final String KEY = "fc_quickstart_for-trying-only-not-a-secret";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final AtomicInteger refusedConnections = new AtomicInteger();
  private final AtomicInteger truncated = new AtomicInteger();

  @Test
  void aRolloutTruncatesNoResponseAndLosesNoAcknowledgedEvent() throws Exception {
    int port = FreePorts.next();
    int management = FreePorts.next();
    AtomicBoolean finished = new AtomicBoolean();
    WorkerProcess worker = start(port, management, 0);
    try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SENDERS; i++) {
        var _ =
            senders.submit(() -> {
              while (!finished.get()) {
                post(port);
              }
              return null;
            });
      }
      try {
        for (int round = 1; round <= REPLACEMENTS; round++) {
          awaitProgress();
          worker.terminate();
          assertThat(worker.exitCode()).as(worker.output()).isZero();
          worker = start(port, management, round);
        }
        awaitProgress();
      } finally {
        // Before the senders are closed, which waits for them.
        finished.set(true);
      }
    }
    try (WorkerProcess last = worker) {
      assertThat(truncated.get()).as("truncated responses").isZero();
      assertThat(refusedConnections.get()).as("connections while no worker ran").isPositive();
      assertThat(last.events("order.placed"))
          .extracting(event -> event.path("eventId").asText())
          .containsAll(acknowledged);
    }
  }

  private WorkerProcess start(int port, int management, int round) throws IOException {
    WorkerProcess worker =
        WorkerProcess.launch(
            directory.resolve("data"), directory.resolve("out" + round), port, management);
    return worker.awaitReady();
  }

  private void awaitProgress() {
    int before = acknowledged.size();
    await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 100);
  }

  /**
   * Sends one request on one connection: the connection is refused, or the response is complete. A
   * connection that arrives at the instant the listener closes may be closed before its request is
   * read. No server can prevent that, so a pod is removed from its endpoints some seconds before it
   * stops.
   */
  private void post(int port) throws IOException {
    String body = "{\"a\":1}";
    Optional<String> response = Optional.empty();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket
          .getOutputStream()
          .write(
              ("POST /event"
                      + TestWorker.PLACED
                      + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
                      + KEY
                      + "\r\nConnection: close\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(US_ASCII));
      response = Optional.of(new String(socket.getInputStream().readAllBytes(), US_ASCII));
    } catch (ConnectException e) {
      refusedConnections.incrementAndGet();
      return;
    } catch (SocketException e) {
      // The kernel accepted the connection, but the listener closed before it did.
      refusedConnections.incrementAndGet();
      return;
    }
    String text = response.get();
    if (text.isEmpty()) {
      refusedConnections.incrementAndGet();
    } else if (text.startsWith("HTTP/1.1 200")) {
      acknowledged.add(
          JSON.readTree(text.substring(text.indexOf("\r\n\r\n") + 4)).path("eventId").asText());
    } else if (!text.startsWith("HTTP/1.1 503") || !text.endsWith("}")) {
      truncated.incrementAndGet();
    }
  }
}
