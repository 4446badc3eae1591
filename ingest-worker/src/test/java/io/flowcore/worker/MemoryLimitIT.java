package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.testing.MemoryCgroup;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.WorkerClient.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker with the memory limit and the JVM options of a default pod, under batches for the past
 * day and readers of all of it. {@code -Dmemory.seconds=N} sets the time.
 */
@Requires(OptionalPart.MEMORY_CGROUPS)
class MemoryLimitIT {
  private static final int SECONDS = Integer.getInteger("memory.seconds", 40);
  private static final int WRITERS = 4;
  private static final int READERS = 3;
  private static final int HOURS = 24;
  private static final int BATCH = 500;
  private static final long LIMIT = 1L << 30;

  /** The options of the image and of the operator. */
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UseParallelGC",
          "-XX:+UseCompactObjectHeaders",
          "-XX:MaxRAMPercentage=40",
          "-XX:+ExitOnOutOfMemoryError");

  private static final Map<String, String> ENVIRONMENT =
      Map.of("MALLOC_ARENA_MAX", System.getProperty("memory.arenas", "2"));

  @TempDir private Path directory;

  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();

  @Test
  void aWorkerWithTheDefaultLimitSurvivesBatchesForADayAndReaders() throws Exception {
    try (MemoryCgroup group = MemoryCgroup.create(LIMIT)) {
      long peak = 0;
      WorkerProcess.Jvm jvm = new WorkerProcess.Jvm(group.prefix(), OPTIONS, ENVIRONMENT);
      Path output = directory.resolve("out");
      try (WorkerProcess worker =
              WorkerProcess.launch(
                  jvm, directory.resolve("data"), output, "--archive-every", "3600");
          ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        worker.awaitReady();
        List<Future<?>> results = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Random random = new Random(i);
          results.add(clients.submit(() -> writeUntilStopped(worker, random)));
        }
        for (int i = 0; i < READERS; i++) {
          results.add(clients.submit(() -> readUntilStopped(worker)));
        }
        Instant end = Instant.now().plusSeconds(SECONDS);
        while (worker.isAlive() && Instant.now().isBefore(end)) {
          peak = Math.max(peak, group.used());
          Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> true);
        }
        stopped.set(true);
        System.out.printf(
            "MemoryLimitIT: %d s, %,d events written, %,d read, peak %d MiB, %d kills%n",
            SECONDS, written.get(), read.get(), peak >> 20, group.kills());
        assertThat(group.kills()).as("processes killed for lack of memory").isZero();
        assertThat(worker.isAlive()).as(worker.output()).isTrue();
        for (Future<?> result : results) {
          result.get();
        }
        worker.kill();
      }
      assertThat(written.get()).isGreaterThan(SECONDS * 1_000L);
      assertThat(read.get()).isGreaterThan(SECONDS * 1_000L);
      assertThat(peak).isLessThan(LIMIT / 10 * 9);
    }
  }

  /** Writes batches, each into one of the past hours. */
  private void writeUntilStopped(WorkerClient worker, Random random) {
    while (!stopped.get()) {
      StringBuilder batch = new StringBuilder("[");
      byte[] bytes = new byte[600];
      for (int i = 0; i < BATCH; i++) {
        random.nextBytes(bytes);
        batch.append(i == 0 ? "" : ",").append("{\"d\":\"");
        batch.append(Base64.getEncoder().encodeToString(bytes)).append("\"}");
      }
      Instant hour = Instant.now().minus(random.nextInt(HOURS), ChronoUnit.HOURS);
      Answer answer =
          worker.post(
              "/events" + TestWorker.PLACED,
              batch.append(']').toString(),
              "x-flowcore-event-time",
              hour.toString());
      if (answer.status() == 200) {
        written.addAndGet(BATCH);
      } else {
        assertThat(answer.status()).as(answer.body()).isIn(429, 503);
      }
    }
  }

  /** Reads all hours, again and again. */
  private void readUntilStopped(WorkerClient worker) {
    String query = "eventTypeId=" + TestWorker.typeId("order.placed");
    while (!stopped.get()) {
      Answer buckets = worker.get("/api/v1/time-buckets?" + query);
      for (JsonNode bucket : buckets.json().path("timeBuckets")) {
        readHour(
            worker, "/api/v1/events?pageSize=2000&" + query + "&timeBucket=" + bucket.asText());
      }
    }
  }

  private void readHour(WorkerClient worker, String url) {
    String cursor = "";
    do {
      JsonNode page = worker.get(url + cursor).json();
      read.addAndGet(page.path("events").size());
      cursor = page.has("nextCursor") ? "&cursor=" + page.get("nextCursor").asText() : "";
    } while (!cursor.isEmpty() && !stopped.get());
  }
}
