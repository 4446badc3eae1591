package io.flowcore.worker.http;

import static io.flowcore.worker.TestWorker.PLACED;
import static io.flowcore.worker.TestWorker.SHIPPED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorker;
import io.flowcore.worker.TestWorkerExtension;
import io.flowcore.worker.WorkerClient.Answer;
import io.flowcore.worker.limit.RequestMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One key uses all memory that it can get, on a worker with the memory of a default pod. The tests
 * send the requests of another key.
 */
class FairSharesIT {
  private static final String ATTACKER = "fc_attacker_0123456789abcdef";

  private static final String MANIFEST =
      """
      apiVersion: flowcore.io/v1alpha1
      kind: WebhookKey
      metadata: {name: attacker}
      spec:
        dataCoreRef: {name: shop}
        permissions: [ingest, fetch]
        existingSecretRef: {name: attacker, key: key}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: attacker}
      stringData: {key: %s}
      """
          .formatted(ATTACKER);

  /** A heap of 40 % of 1 GiB. */
  private static final RequestMemory.Limits MEMORY = RequestMemory.Limits.ofHeap(410L << 20);

  @RegisterExtension private final TestWorkerExtension worker = new TestWorkerExtension(MANIFEST);

  @RegisterExtension
  private final TestWorkerExtension impatient =
      new TestWorkerExtension(Duration.ofSeconds(6), MANIFEST);

  private final List<Socket> attack = new ArrayList<>();
  private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void endTheAttack() throws IOException {
    for (Socket socket : attack) {
      socket.close();
    }
    senders.close();
  }

  private static double metric(TestWorkerExtension worker, String name) {
    Matcher value =
        Pattern.compile("^" + name + " (\\S+)$", Pattern.MULTILINE)
            .matcher(worker.management("/observe/metrics").body());
    assertThat(value.find()).as(name).isTrue();
    return Double.parseDouble(value.group(1));
  }

  /** Starts a request of the attacker and sends the beginning of its body. */
  private Future<?> stall(String url, String headers, byte[] beginning) throws IOException {
    Socket socket = Sockets.connect(worker);
    attack.add(socket);
    String head =
        "POST " + url + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + ATTACKER + "\r\n" + headers;
    return senders.submit(() -> {
      try {
        socket.getOutputStream().write((head + "\r\n").getBytes(US_ASCII));
        socket.getOutputStream().write(beginning);
      } catch (IOException rejected) {
        assertThat(rejected).isInstanceOf(SocketException.class);
      }
    });
  }

  private void stallUploadsAndBatches() throws Exception {
    worker.restart(MEMORY);
    List<Future<?>> sent = new ArrayList<>();
    byte[] upload = new MultipartForm().field("type", "t").file("f", new byte[100_000]).end();
    for (int i = 0; i < 60; i++) {
      sent.add(
          stall(
              "/file" + PLACED,
              "Content-Length: 100000000\r\nContent-Type: " + MultipartForm.CONTENT_TYPE + "\r\n",
              Arrays.copyOf(upload, upload.length - 100)));
    }
    // Ever smaller ones, so that they would use the memory to the last kilobytes.
    stallBatches(sent, 12, 5 << 20, 16_000_000);
    stallBatches(sent, 60, 600_000, 16_000_000);
    stallBatches(sent, 30, 70_000, 100_000);
    stallBatches(sent, 40, 1, 8_000);
    for (Future<?> each : sent) {
      each.get();
    }
    // What was sent is still being read; then nothing changes any more.
    double[] before = {-1};
    await()
        .pollInterval(Duration.ofMillis(500))
        .until(() -> {
          double last = before[0];
          before[0] = metric(worker, "flowcore_http_body_memory_bytes");
          return before[0] == last;
        });
    await()
        .untilAsserted(() -> {
          assertThat(metric(worker, "flowcore_http_body_memory_bytes")).isGreaterThan(15 << 20);
          assertThat(metric(worker, "flowcore_upload_memory_bytes")).isGreaterThan(8 << 20);
        });
  }

  private void stallBatches(List<Future<?>> sent, int count, int bytes, int announced)
      throws IOException {
    byte[] beginning = ("[" + " ".repeat(bytes - 1)).getBytes(US_ASCII);
    for (int i = 0; i < count; i++) {
      sent.add(stall("/events" + PLACED, "Content-Length: " + announced + "\r\n", beginning));
    }
  }

  @Test
  void stalledUploadsAndBatchesOfOneKeyDoNotAffectAnother() throws Exception {
    stallUploadsAndBatches();
    String event = "{\"a\":\"" + "x".repeat(20_000) + "\"}";
    for (int i = 0; i < 50; i++) {
      Answer answer = worker.post("/event" + SHIPPED, event);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
    String large = "[" + " ".repeat(3_000_000) + "{}]";
    Answer batch = worker.post("/events" + SHIPPED, large);
    assertThat(batch.status()).as(batch.body()).isEqualTo(200);
    Answer file =
        worker.post(
            "/file" + SHIPPED,
            new MultipartForm().field("type", "t").file("f", new byte[600_000]).end(),
            "Content-Type",
            MultipartForm.CONTENT_TYPE);
    assertThat(file.status()).as(file.body()).isEqualTo(200);

    assertThat(metric(worker, "flowcore_http_body_memory_bytes"))
        .as("the attack is still going on")
        .isGreaterThan(15 << 20);
  }

  @Test
  void aKeyThatHasUsedItsShareIsToldSoAndItsSmallEventsAreAccepted() throws Exception {
    stallUploadsAndBatches();
    Answer rejected = send(ATTACKER, "[" + " ".repeat(15_000_000) + "{}]");

    assertThat(rejected.status()).isEqualTo(503);
    assertThat(rejected.error()).isEqualTo("overloaded");
    assertThat(rejected.message()).contains("request bodies of this key use");
    assertThat(rejected.response().headers().firstValue("Retry-After")).isPresent();
    assertThat(send(ATTACKER, "[{}]").status()).isEqualTo(200);
    assertThat(send(TestWorker.KEY, "[" + " ".repeat(2_000_000) + "{}]").status()).isEqualTo(200);
  }

  private Answer send(String key, String batch) {
    return worker.post("/events" + PLACED, batch, "Authorization", key);
  }

  @Test
  void everythingIsReleasedWhenStalledClientsDisconnect() throws Exception {
    stallUploadsAndBatches();
    endTheAttack();

    await()
        .untilAsserted(() -> {
          assertThat(metric(worker, "flowcore_http_body_memory_bytes")).isZero();
          assertThat(metric(worker, "flowcore_upload_memory_bytes")).isZero();
          assertThat(metric(worker, "flowcore_upload_spool_bytes")).isZero();
          assertThat(metric(worker, "flowcore_http_requests_in_flight")).isZero();
        });
    assertThat(worker.stored()).isZero();
  }

  @Test
  void unreadResponsesOfOneKeyDoNotAffectAnotherAndAreEnded() throws Exception {
    impatient.restart(MEMORY);
    String text = "x".repeat(60_000);
    String events = "[{\"a\":\"" + text + "\"},{\"a\":\"" + text + "\"}]";
    for (int i = 0; i < 100; i++) {
      assertThat(impatient.post("/events" + PLACED, events).status()).isEqualTo(200);
    }
    String type = "eventTypeId=" + TestWorker.typeId("order.placed");
    String bucket =
        impatient.get("/api/v1/time-buckets?" + type).json().at("/timeBuckets/0").asText();
    String query = "/api/v1/events?" + type + "&timeBucket=" + bucket;
    for (int i = 0; i < 60; i++) {
      askWithoutReading(query);
    }
    await()
        .untilAsserted(() ->
            assertThat(metric(impatient, "flowcore_query_memory_bytes")).isGreaterThan(10 << 20));

    for (int i = 0; i < 3; i++) {
      Answer answer = impatient.get(query);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().get("events")).hasSize(200);
    }
    assertThat(metric(impatient, "flowcore_query_memory_bytes"))
        .as("the attack is still going on")
        .isGreaterThan(10 << 20);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          assertThat(metric(impatient, "flowcore_http_requests_in_flight")).isZero();
          assertThat(metric(impatient, "flowcore_query_memory_bytes")).isZero();
        });
  }

  private void askWithoutReading(String query) throws IOException {
    Socket socket = new Socket();
    attack.add(socket);
    socket.setReceiveBufferSize(4 << 10);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), impatient.port()));
    socket
        .getOutputStream()
        .write(
            ("GET " + query + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + ATTACKER + "\r\n\r\n")
                .getBytes(US_ASCII));
  }
}
