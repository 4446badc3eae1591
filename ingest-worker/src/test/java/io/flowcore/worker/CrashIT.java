package io.flowcore.worker;

import static io.flowcore.worker.TestWorker.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a worker at random times while many clients post. {@code -Dcrash.rounds=N} sets the number
 * of rounds.
 */
class CrashIT {
  private static final int ROUNDS = Integer.getInteger("crash.rounds", 8);
  private static final int CLIENTS = 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  /** Acknowledged events: the number in the payload by event id. */
  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();

  private final Random random = new Random(20_261_123);
  private long number;

  @Test
  void noAcknowledgedEventIsLostWhenTheWorkerIsKilled() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      int before = acknowledged.size();
      try (WorkerProcess worker =
          WorkerProcess.start(directory.resolve("data"), directory.resolve("out-" + round))) {
        assertNothingIsLost(worker);
        postUntilKilled(worker, random.nextInt(1_000));
      }
      assertThat(acknowledged.size()).as("events of round %d", round).isGreaterThan(before);
    }
    try (WorkerProcess worker =
        WorkerProcess.start(directory.resolve("data"), directory.resolve("out-last"))) {
      assertNothingIsLost(worker);
    }
    System.out.printf(
        "CrashIT: %d rounds of kill -9, %d acknowledged events, none lost%n",
        ROUNDS, acknowledged.size());
  }

  private void postUntilKilled(WorkerProcess worker, long millis) throws Exception {
    AtomicBoolean killed = new AtomicBoolean();
    try (HttpClient client = HttpClient.newHttpClient();
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> results = new ArrayList<>();
      int before = acknowledged.size();
      for (int c = 0; c < CLIENTS; c++) {
        long first = number + c * 1_000_000L;
        boolean batches = c % 2 == 1;
        results.add(clients.submit(() -> post(client, worker, first, batches, killed)));
      }
      number += CLIENTS * 1_000_000L;
      Awaitility.await().until(() -> acknowledged.size() > before);
      TimeUnit.MILLISECONDS.sleep(millis); // the random time is the point of this test
      killed.set(true);
      worker.kill();
      for (Future<?> result : results) {
        result.get();
      }
    }
  }

  private void post(
      HttpClient client, WorkerProcess worker, long first, boolean batches, AtomicBoolean killed) {
    for (long n = first; ; n += 3) {
      String body =
          batches
              ? "[{\"n\":%d},{\"n\":%d},{\"n\":%d}]".formatted(n, n + 1, n + 2)
              : "{\"n\":%d}".formatted(n);
      HttpRequest request =
          HttpRequest.newBuilder(worker.url((batches ? "/events" : "/event") + TestWorker.PLACED))
              .timeout(Duration.ofSeconds(10))
              .header("Authorization", KEY)
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(body))
              .build();
      try {
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString(UTF_8));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        remember(JSON.readTree(response.body()), n);
      } catch (IOException e) {
        assertThat(killed).as(() -> "failed before the kill: " + e).isTrue();
        return;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void remember(JsonNode response, long n) {
    if (response.has("eventId")) {
      acknowledged.put(response.get("eventId").asText(), n);
    }
    for (int i = 0; i < response.path("eventIds").size(); i++) {
      acknowledged.put(response.get("eventIds").get(i).asText(), n + i);
    }
  }

  private void assertNothingIsLost(WorkerProcess worker) {
    Map<String, Long> stored = new HashMap<>();
    Map<Long, Integer> copies = new HashMap<>();
    for (JsonNode event : worker.events("order.placed")) {
      long n = event.at("/payload/n").asLong();
      assertThat(stored.put(event.get("eventId").asText(), n))
          .as("an id that is stored twice")
          .isNull();
      copies.merge(n, 1, Integer::sum);
    }
    // Not with collection assertions: they take minutes for hundreds of thousands of events.
    List<String> lost =
        acknowledged.entrySet().stream()
            .filter(event -> !event.getValue().equals(stored.get(event.getKey())))
            .map(Map.Entry::getKey)
            .toList();
    assertThat(lost).as("lost events of %d acknowledged", acknowledged.size()).isEmpty();
    assertThat(copies.values()).allMatch(count -> count == 1);
    assertBatchesAreWhole(stored);
  }

  /** A batch that was not acknowledged is stored completely or not at all. */
  private static void assertBatchesAreWhole(Map<String, Long> stored) {
    Set<Long> numbers = new HashSet<>(stored.values());
    List<Long> partial = new ArrayList<>();
    for (long n : numbers) {
      long client = n / 1_000_000;
      long first = n - (n % 1_000_000) % 3;
      if (client % 2 == 1 && !numbers.containsAll(List.of(first, first + 1, first + 2))) {
        partial.add(n);
      }
    }
    assertThat(partial).as("events of batches that are stored in part").isEmpty();
  }
}
