package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.testing.FreePorts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is replaced while requests come in, as a rollout of an embedded data core does. */
class RolloutIT {
  private static final int SENDERS = 8;
  private static final int REPLACEMENTS = 3;
  private static final String KEY = "fc_quickstart_for-trying-only-not-a-secret";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger cut = new AtomicInteger();

  @Test
  void noAnswerIsCutAndNoAcknowledgedEventIsLostWhileWorkersAreReplacedUnderLoad()
      throws Exception {
    int port = FreePorts.next();
    int management = FreePorts.next();
    AtomicBoolean over = new AtomicBoolean();
    WorkerProcess worker = start(port, management, 0);
    try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SENDERS; i++) {
        var _ =
            senders.submit(() -> {
              while (!over.get()) {
                post(port);
              }
              return null;
            });
      }
      for (int round = 1; round <= REPLACEMENTS; round++) {
        awaitMore();
        worker.terminate();
        assertThat(worker.exitCode()).isIn(0, 143);
        worker = start(port, management, round);
      }
      awaitMore();
      over.set(true);
    } finally {
      over.set(true);
    }
    try (WorkerProcess last = worker) {
      assertThat(cut.get()).as("answers that broke off").isZero();
      assertThat(refused.get()).as("some came while none was there").isPositive();
      assertThat(stored(last)).containsAll(acknowledged);
    }
  }

  private WorkerProcess start(int port, int management, int round) throws IOException {
    WorkerProcess worker =
        WorkerProcess.launch(
            folder.resolve("data"), folder.resolve("out" + round), port, management);
    return worker.awaitReady();
  }

  private void awaitMore() {
    int before = acknowledged.size();
    await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 100);
  }

  /**
   * One connection for one request: it is refused, or it is answered to the end. A connection that
   * comes in the instant in which the listener ends may be closed before its request was read; no
   * server can help that, which is why a pod's endpoints go some seconds before it does.
   */
  private void post(int port) throws IOException {
    String body = "{\"a\":1}";
    Optional<String> answer = Optional.empty();
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
      answer = Optional.of(new String(socket.getInputStream().readAllBytes(), US_ASCII));
    } catch (ConnectException e) {
      refused.incrementAndGet();
      return;
    } catch (SocketException e) {
      // The kernel took the connection for a listener that was closed before it accepted it.
      refused.incrementAndGet();
      return;
    }
    String text = answer.get();
    if (text.isEmpty()) {
      refused.incrementAndGet();
    } else if (text.startsWith("HTTP/1.1 200")) {
      acknowledged.add(
          JSON.readTree(text.substring(text.indexOf("\r\n\r\n") + 4)).path("eventId").asText());
    } else if (!text.startsWith("HTTP/1.1 503") || !text.endsWith("}")) {
      cut.incrementAndGet();
    }
  }

  private static Set<String> stored(WorkerProcess worker) throws Exception {
    Set<String> ids = new HashSet<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      String type = "eventTypeId=" + TestWorker.typeId("order.placed");
      for (JsonNode bucket :
          get(client, worker, "/api/v1/time-buckets?" + type).path("timeBuckets")) {
        String cursor = "";
        do {
          JsonNode page =
              get(
                  client,
                  worker,
                  "/api/v1/events?" + type + "&timeBucket=" + bucket.asText() + cursor);
          page.path("events").forEach(event -> ids.add(event.path("eventId").asText()));
          cursor = page.has("nextCursor") ? "&cursor=" + page.get("nextCursor").asText() : "";
        } while (!cursor.isEmpty());
      }
    }
    return ids;
  }

  private static JsonNode get(HttpClient client, WorkerProcess worker, String path)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(worker.url(path)).header("Authorization", KEY).build();
    return JSON.readTree(client.send(request, BodyHandlers.ofString()).body());
  }
}
