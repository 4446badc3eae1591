package io.flowcore.worker.fuzz;

import static io.flowcore.worker.fuzz.Fuzzing.INPUTS;
import static io.flowcore.worker.fuzz.Fuzzing.SEED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.TestWorker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated HTTP requests over sockets to both ports, several on one connection. The worker must not
 * fail, must not leak memory or spool files, and must store only JSON objects. {@code
 * -Dfuzz.requests} sets the number of requests that the worker answers (default: a tenth of the
 * inputs of {@link FuzzIT}).
 */
class SocketFuzzIT {
  private static final long REQUESTS = Long.getLong("fuzz.requests", INPUTS / 10);
  private static final int CLIENTS = 8;
  private static final int MAX_REQUESTS_PER_CONNECTION = 16;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  /**
   * More than small caches that fill up and the collector's inaccuracy; far less than a leak costs.
   * Only a long run fills the cache of archived frames, to which {@code Worker} gives an eighth of
   * the heap.
   */
  private static final long MAX_HEAP_GROWTH =
      (24 << 20) + (REQUESTS > 1_000_000 ? Runtime.getRuntime().maxMemory() / 8 : 0);

  /** Requests that warm the worker up, before its memory is measured. */
  private static final long WARM_UP = Math.min(REQUESTS / 4, 200_000);

  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();

  @Test
  void mutatedRequestsNeverMakeTheWorkerFail(@TempDir Path directory) throws Exception {
    try (TestWorker worker = TestWorker.start(directory)) {
      fuzzUntil(worker, WARM_UP, SEED);
      assertIdle(worker);
      long before = usedHeap();
      fuzzUntil(worker, REQUESTS, SEED + CLIENTS);
      assertIdle(worker);
      long after = usedHeap();

      System.out.printf(
          "SocketFuzzIT: %,d requests, %,d answered, %,d of them rejected, heap %,d KiB before and"
              + " %,d KiB after (seed %d)%n",
          sent.get(), answered.get(), rejected.get(), before >> 10, after >> 10, SEED);
      assertThat(rejected.get()).isPositive().isLessThan(answered.get());
      assertThat(after - before).as("growth of the heap").isLessThan(MAX_HEAP_GROWTH);
      assertThat(worker.post("/event" + TestWorker.PLACED, "{}").status()).isEqualTo(200);
      assertOnlyObjectsAreStored(worker);
    }
  }

  private void fuzzUntil(TestWorker worker, long answers, long seed) throws Exception {
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> results = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        Random random = new Random(seed + client);
        results.add(
            clients.submit(() -> {
              FuzzedRequests generator = new FuzzedRequests(random);
              while (answered.get() < answers) {
                connection(worker, generator, random);
              }
              return null;
            }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
  }

  /** Sends some requests on one connection. */
  private void connection(TestWorker worker, FuzzedRequests generator, Random random) {
    int requests = 1 + random.nextInt(MAX_REQUESTS_PER_CONNECTION);
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    for (int n = 0; n < requests; n++) {
      input.writeBytes(generator.next());
    }
    int port = random.nextInt(8) == 0 ? worker.managementPort() : worker.port();
    try {
      Matcher status = STATUS.matcher(exchange(port, input.toByteArray()));
      while (status.find()) {
        int code = Integer.parseInt(status.group(1));
        assertThat(code).isNotIn(500, 501, 502, 503, 504);
        answered.incrementAndGet();
        rejected.addAndGet(code >= 400 ? 1 : 0);
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(
          "requests, seed %d: %s".formatted(SEED, input.toString(ISO_8859_1)), e);
    }
    sent.addAndGet(requests);
  }

  /** Sends the bytes, closes the sending side, and returns the responses. */
  private static String exchange(int port, byte[] input) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      // The worker may stop reading until its responses are read.
      Thread sender = Thread.startVirtualThread(() -> sendAll(socket, input));
      ByteArrayOutputStream responses = new ByteArrayOutputStream();
      try {
        socket.getInputStream().transferTo(responses);
      } catch (SocketException closedByTheWorker) {
        // What was received before counts.
      }
      sender.interrupt();
      return responses.toString(ISO_8859_1);
    }
  }

  private static void sendAll(Socket socket, byte[] input) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(input);
      socket.shutdownOutput();
    } catch (IOException closedByTheWorker) {
      // The responses say why.
    }
  }

  private static void assertIdle(TestWorker worker) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(worker.management("/observe/metrics").body())
                .contains("flowcore_http_requests_in_flight 0.0")
                .contains("flowcore_http_body_memory_bytes 0.0")
                .contains("flowcore_query_memory_bytes 0.0")
                .contains("flowcore_upload_spool_bytes 0.0")
                .contains("flowcore_http_rejected_requests_total{code=\"internal_error\"} 0.0"));
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static void assertOnlyObjectsAreStored(TestWorker worker) {
    long[] events = {0};
    worker.forEachEvent(
        "order.placed",
        event -> {
          events[0]++;
          assertThat(event.get("payload").isObject()).isTrue();
          assertThat(event.get("metadata").isObject()).isTrue();
        });
    assertThat(events[0]).isPositive();
  }
}
