package io.flowcore.worker.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.testing.CassandraServer;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Kills and suspends Cassandra nodes and workers under load, and checks that no acknowledged event
 * is lost, duplicated or skipped. Three nodes and three workers; a restarted worker may have a
 * wrong clock. {@code -Dchaos.minutes=N} sets the duration (default 2), {@code -Dchaos.pause=N} for
 * how many seconds a worker is suspended (default 12; longer than a lease).
 */
@Requires(OptionalPart.CASSANDRA)
class ChaosIT {
  private static final int MINUTES = Integer.getInteger("chaos.minutes", 2);
  private static final int PAUSE_SECONDS = Integer.getInteger("chaos.pause", 12);
  private static final int SENDERS = Integer.getInteger("chaos.senders", 8);
  private static final int FOLLOWERS = 3;
  private static final long SEND_INTERVAL_MILLIS = Long.getLong("chaos.pace", 40);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Random random = new Random(20_261_125);
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicBoolean sending = new AtomicBoolean(true);
  private final AtomicBoolean following = new AtomicBoolean(true);
  private final List<String> disturbances = new ArrayList<>();
  private Cluster cluster;
  private LoadGenerator load;
  private long acknowledgedWithOneNodeDown;

  @Test
  void noEventIsLostDuplicatedOrSkippedWhileNodesAndWorkersFail() throws Exception {
    TimeBucket start = TimeBucket.ofTicks(EventTime.toTicks(Instant.now().minusSeconds(3 * 3_600)));
    cluster = new Cluster(Files.createDirectories(Path.of("target/chaos")).toAbsolutePath());
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      cluster.start();
      load = new LoadGenerator(client, cluster.workers());
      List<Future<?>> senders = new ArrayList<>();
      for (int i = 0; i < SENDERS; i++) {
        senders.add(threads.submit(this::send));
      }
      List<Follower> followers = new ArrayList<>();
      List<Future<?>> reading = new ArrayList<>();
      for (int i = 0; i < FOLLOWERS; i++) {
        Follower follower = new Follower(client, cluster.workers(), start, i);
        followers.add(follower);
        reading.add(threads.submit(() -> follow(follower)));
      }
      try {
        causeDisturbances();
        cluster.awaitReady();
      } finally {
        sending.set(false);
      }
      for (Future<?> sender : senders) {
        sender.get();
      }
      awaitFollowers(followers);
      following.set(false);
      for (Future<?> reader : reading) {
        reader.get();
      }
      check(followers);
    } catch (Exception | AssertionError e) {
      throw new AssertionError(e.getMessage() + disturbances + cluster.logs(), e);
    } finally {
      sending.set(false);
      following.set(false);
      cluster.close();
    }
  }

  private Void send() throws InterruptedException {
    Random mine = new Random(random.nextLong());
    while (sending.get()) {
      load.send(mine);
      Thread.sleep(mine.nextLong(2 * SEND_INTERVAL_MILLIS)); // limits the load
    }
    return null;
  }

  private Void follow(Follower follower) throws InterruptedException {
    while (following.get()) {
      follower.follow();
      Thread.sleep(50); // polls, as a consumer does
    }
    return null;
  }

  private void causeDisturbances() throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
    rest(5);
    for (int round = 0; System.nanoTime() < end; round++) {
      switch (round % 4) {
        case 0 -> killNode();
        case 1 -> killWorker();
        case 2 -> pauseWorker();
        default -> pauseNode();
      }
      rest(5 + random.nextInt(10));
    }
  }

  private static void rest(long seconds) throws InterruptedException {
    TimeUnit.SECONDS.sleep(seconds); // gives the disturbance time to take effect
  }

  private void killNode() throws Exception {
    CassandraServer node = cluster.nodes().get(random.nextInt(Cluster.SIZE));
    logDisturbance("a node is killed with kill -9");
    node.kill();
    rest(2);
    long before = load.acknowledged.size();
    rest(8 + random.nextInt(10));
    acknowledgedWithOneNodeDown += load.acknowledged.size() - before;
    assertThat(load.acknowledged.size())
        .as("writes succeed with one node down")
        .isGreaterThan((int) before);
    node.launch();
    node.awaitReady();
  }

  private void killWorker() throws Exception {
    Cluster.Member worker = cluster.workers().get(random.nextInt(Cluster.SIZE));
    long skew = new long[] {0, 5_000, -5_000}[random.nextInt(3)];
    logDisturbance(
        "a worker is killed with kill -9 and restarted; its clock is ahead by " + skew + " ms");
    worker.kill();
    rest(random.nextInt(5));
    cluster.launch(worker, skew);
    await().atMost(Duration.ofMinutes(2)).until(worker::isReady);
  }

  private void pauseWorker() throws Exception {
    Cluster.Member worker = cluster.workers().get(random.nextInt(Cluster.SIZE));
    logDisturbance("a worker is suspended for " + PAUSE_SECONDS + " s");
    Cluster.signal(worker.pid(), "STOP");
    rest(PAUSE_SECONDS);
    Cluster.signal(worker.pid(), "CONT");
    await().atMost(Duration.ofMinutes(2)).until(worker::isReady);
  }

  private void pauseNode() throws Exception {
    CassandraServer node = cluster.nodes().get(random.nextInt(Cluster.SIZE));
    logDisturbance("a node is suspended for 10 s");
    Cluster.signal(node.pid(), "STOP");
    rest(10);
    Cluster.signal(node.pid(), "CONT");
  }

  private void logDisturbance(String disturbance) {
    disturbances.add(
        "%n%s %s, %d acknowledged".formatted(Instant.now(), disturbance, load.acknowledged.size()));
    System.out.print(disturbances.getLast());
  }

  private void awaitFollowers(List<Follower> followers) {
    long latest = load.natural.stream().mapToLong(EventId::ticks).max().orElseThrow();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            cluster.workers().stream().allMatch(worker -> isReadWatermarkPast(worker, latest)));
    List<Integer> rounds = followers.stream().map(Follower::rounds).toList();
    // The current round may have begun earlier, and a follower needs one round for each hour.
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> {
          for (int i = 0; i < rounds.size(); i++) {
            if (followers.get(i).rounds() < rounds.get(i) + 8) {
              return false;
            }
          }
          return true;
        });
  }

  private boolean isReadWatermarkPast(Cluster.Member worker, long ticks) {
    try {
      double lag = worker.metric("flowcore_store_read_lag_seconds");
      return EventTime.toTicks(Instant.now())
              - lag * EventTime.PER_SECOND
              - 6 * EventTime.PER_SECOND
          > ticks;
    } catch (Exception e) {
      return false;
    }
  }

  private void check(List<Follower> followers) throws Exception {
    assertThat(load.faults).isEmpty();
    for (Follower follower : followers) {
      assertThat(follower.faults()).isEmpty();
      Set<EventId> skipped = new HashSet<>(load.natural);
      skipped.removeAll(follower.seen());
      assertThat(skipped).as("acknowledged, but skipped by a cursor").isEmpty();
    }
    for (Cluster.Member worker : cluster.workers()) {
      Map<EventId, Long> stored = readAll(worker);
      Map<EventId, Long> lost = new HashMap<>(load.acknowledged);
      stored.forEach(lost::remove);
      assertThat(lost).as("acknowledged, but not stored").isEmpty();
      Map<Long, Integer> occurrences = new HashMap<>();
      stored.values().forEach(number -> occurrences.merge(number, 1, Integer::sum));
      occurrences.values().removeIf(count -> count == 1);
      occurrences.keySet().retainAll(load.keyed);
      assertThat(occurrences).as("retried with a key, and stored more than once").isEmpty();
    }
    System.out.printf(
        "%nChaosIT: %d disturbances in %d min; %d events acknowledged (%d of them with one node down), %d unacknowledged, %d"
            + " retries; followers waited at most %s ms%n",
        disturbances.size(),
        MINUTES,
        load.acknowledged.size(),
        acknowledgedWithOneNodeDown,
        load.unacknowledged.get(),
        load.retries.get(),
        followers.stream().map(Follower::longestWaitMillis).toList());
    assertThat(load.acknowledged).hasSizeGreaterThan(MINUTES * 500);
  }

  private Map<EventId, Long> readAll(Cluster.Member worker) throws Exception {
    Map<EventId, Long> stored = new HashMap<>();
    String type = "eventTypeId=" + TestWorker.typeId("order.placed");
    for (JsonNode bucket : get(worker, "/api/v1/time-buckets?" + type).path("timeBuckets")) {
      Optional<String> cursor = Optional.empty();
      do {
        JsonNode page =
            get(
                worker,
                "/api/v1/events?pageSize=5000&"
                    + type
                    + "&timeBucket="
                    + bucket.asText()
                    + cursor.map(id -> "&cursor=" + id).orElse(""));
        for (JsonNode event : page.path("events")) {
          EventId id = EventId.parse(event.path("eventId").asText()).orElseThrow();
          assertThat(stored.put(id, event.path("payload").path("n").asLong()))
              .as("%s appears twice in the responses", id)
              .isNull();
        }
        cursor = Optional.ofNullable(page.path("nextCursor").textValue());
      } while (cursor.isPresent());
    }
    return stored;
  }

  private JsonNode get(Cluster.Member worker, String path) throws Exception {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(worker.url(path))
                .header("Authorization", TestWorker.KEY)
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }
}
