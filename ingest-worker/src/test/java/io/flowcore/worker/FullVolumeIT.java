package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.WorkerClient.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers whose volume is really full: of events, of the archive, or of another program's files.
 */
@Requires(OptionalPart.MOUNT_NAMESPACES)
class FullVolumeIT {
  private static final long MEBIBYTE = 1 << 20;

  /** What a volume of 200 MiB reserves for events, for the archive, and for the store. */
  private static final long RESERVE = 64 * MEBIBYTE;

  private static final long STORE_RESERVE = RESERVE / 4;
  private static final String FOREIGN = "foreign";

  @TempDir private Path directory;

  /** The ids of acknowledged events. */
  private final Set<String> acknowledged = new HashSet<>();

  private final Random random = new Random(20_261_126);
  private Path output;

  @BeforeEach
  void setOutput() {
    output = directory.resolve("out");
  }

  private SmallVolume volume() throws Exception {
    return SmallVolume.mount(directory.resolve("data"), 200);
  }

  /** Posts a batch of about 1 MiB that cannot be compressed. */
  private Answer post(WorkerClient worker, Instant eventTime) {
    String batch =
        Stream.generate(
                () -> {
                  byte[] bytes = new byte[15_000];
                  random.nextBytes(bytes);
                  return "{\"d\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"}";
                })
            .limit(50)
            .collect(Collectors.joining(",", "[", "]"));
    Answer answer =
        worker.post(
            "/events" + TestWorker.PLACED, batch, "x-flowcore-event-time", eventTime.toString());
    if (answer.status() == 200) {
      answer.json().get("eventIds").forEach(id -> acknowledged.add(id.asText()));
    }
    return answer;
  }

  private void postUntilRejected(WorkerClient worker) {
    Answer answer = post(worker, Instant.now());
    while (answer.status() == 200) {
      answer = post(worker, Instant.now());
    }
    assertThat(answer.status()).as(answer.body()).isEqualTo(503);
    assertThat(answer.error()).isEqualTo("overloaded");
    assertThat(answer.message()).contains("disk full");
    assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
  }

  private void awaitAccepted(WorkerClient worker) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          Answer answer = post(worker, Instant.now());
          assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        });
  }

  /** Every acknowledged event is in the answers of queries, which need no longer than usual. */
  private void assertNothingIsLost(WorkerClient worker) {
    long started = System.nanoTime();
    List<JsonNode> events = worker.events("order.placed");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(15));
    Set<String> found =
        events.stream().map(event -> event.get("eventId").asText()).collect(Collectors.toSet());
    assertThat(found.containsAll(acknowledged))
        .as("%d acknowledged, %d found", acknowledged.size(), found.size())
        .isTrue();
  }

  @Test
  void aVolumeThatEventsFillServesQueriesAndAcceptsEventsWhenItHasSpace() throws Exception {
    try (SmallVolume volume = volume()) {
      volume.fill(FOREIGN, 150 * MEBIBYTE);
      try (WorkerProcess worker = volume.launch(output).awaitReady()) {
        postUntilRejected(worker);
        assertThat(volume.free()).isGreaterThan(STORE_RESERVE);
        assertNothingIsLost(worker);
        assertThat(worker.management("/observe/health/ready").status()).isEqualTo(200);
        worker.kill();
      }
      try (WorkerProcess restarted = volume.launch(output).awaitReady()) {
        assertNothingIsLost(restarted);
        Files.delete(volume.path(FOREIGN));
        awaitAccepted(restarted);
        assertNothingIsLost(restarted);
      }
      for (String name : List.of("hot", "spool", "segments", "archive")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(volume.path(name))))
            .as(name)
            .isEqualTo("rwx------");
      }
    }
  }

  @Test
  void aVolumeThatAnotherProgramFillsLosesNothingAndNeedsNoRestart() throws Exception {
    try (SmallVolume volume = volume();
        WorkerProcess worker = volume.launch(output).awaitReady()) {
      awaitAccepted(worker);
      volume.fill(FOREIGN, 0);
      postUntilRejected(worker);
      assertNothingIsLost(worker);
      Answer ready = worker.management("/observe/health/ready");
      assertThat(ready.status()).isEqualTo(200);
      assertThat(ready.body()).contains("disk full");
      assertThat(worker.management("/observe/health/live").status()).isEqualTo(200);
      await().until(() -> worker.output().contains("data: disk full: the disk has "));

      Files.delete(volume.path(FOREIGN));
      awaitAccepted(worker);
      assertNothingIsLost(worker);
      assertThat(worker.management("/observe/health/ready").body()).doesNotContain("disk full");
    }
  }

  @Test
  void aWorkerWaitsForSpaceOnAFullVolumeSaysSoAndThenStarts() throws Exception {
    try (SmallVolume volume = volume()) {
      try (WorkerProcess worker = volume.launch(output).awaitReady()) {
        for (int i = 0; i < 5; i++) {
          awaitAccepted(worker);
        }
        volume.fill(FOREIGN, 0);
        worker.kill();
      }
      volume.fill("more", 0);
      try (WorkerProcess worker = volume.launch(output)) {
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(() ->
                assertThat(worker.output())
                    .contains("Waiting for the hot store")
                    .contains("hot cannot be opened: disk full: the disk of"));
        Answer ready = worker.management("/observe/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.body()).contains("disk full");
        assertThat(worker.management("/observe/health/live").status()).isEqualTo(200);

        Files.delete(volume.path(FOREIGN));
        worker.awaitReady();
        assertNothingIsLost(worker);
        awaitAccepted(worker);
      }
    }
  }

  @Test
  void anArchiveOnTheSameVolumeLeavesTheReserveOfTheStore() throws Exception {
    try (SmallVolume volume = volume()) {
      try (WorkerProcess worker = volume.launch(output, "--archive-every", "3600").awaitReady()) {
        Instant past = Instant.now().minus(Duration.ofHours(5));
        for (int i = 0; i < 40; i++) {
          assertThat(post(worker, past).status()).isEqualTo(200);
        }
        worker.terminate();
        assertThat(worker.exitCode()).isZero();
      }
      // Less than the archive needs, and more than it may leave.
      volume.fill(FOREIGN, 50 * MEBIBYTE);
      try (WorkerProcess worker = volume.launch(output, "--archive-every", "1").awaitReady();
          LowestFree lowest = new LowestFree(volume)) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> worker.output().contains("archiving is paused"));
        assertNothingIsLost(worker);
        assertThat(lowest.bytes()).isGreaterThan(STORE_RESERVE);

        Files.delete(volume.path(FOREIGN));
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(() ->
                assertThat(worker.management("/observe/metrics").body())
                    .containsPattern("flowcore_archive_lag_seconds(\\{.*})? 0\\.0"));
        assertNothingIsLost(worker);
        awaitAccepted(worker);
      }
    }
  }

  /** Watches how little space a volume has at any moment. */
  private static final class LowestFree implements AutoCloseable {
    private final SmallVolume volume;
    private final Thread thread = Thread.ofPlatform().unstarted(this::watch);
    private volatile long bytes = Long.MAX_VALUE;
    private volatile boolean closed;

    LowestFree(SmallVolume volume) {
      this.volume = volume;
      thread.start();
    }

    private void watch() {
      while (!closed) {
        try {
          bytes = Math.min(bytes, volume.free());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
    }

    long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void aVolumeThatIsTooSmallIsRejectedWithTheSizeThatIsNeeded() throws Exception {
    try (SmallVolume volume = SmallVolume.mount(directory.resolve("data"), 64);
        WorkerProcess worker = volume.launch(output)) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(worker.output()).contains("use a volume of at least 128 MiB");
    }
  }

  @Test
  void aReserveThatIsTooSmallIsRejectedWithTheMinimum() throws Exception {
    try (SmallVolume volume = volume();
        WorkerProcess worker = volume.launch(output, "--disk-reserve", "1Mi")) {
      assertThat(worker.exitCode()).isEqualTo(1);
      assertThat(worker.output()).contains("set --disk-reserve to 64Mi or more");
    }
  }
}
