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
 * Three nodes, three workers, one of them with a wrong clock. Under load nodes and workers are
 * killed, or stand still for a while; a checker knows every acknowledged event. {@code
 * -Dchaos.minutes=N} goes on for longer, {@code -Dchaos.pause=N} lets a worker stand still for so
 * many seconds (12; more than a lease).
 */
@Requires(OptionalPart.CASSANDRA)
class ChaosIT {
  private static final int MINUTES = Integer.getInteger("chaos.minutes", 2);
  private static final int PAUSE = Integer.getInteger("chaos.pause", 12);
  private static final int SENDERS = Integer.getInteger("chaos.senders", 8);
  private static final int FOLLOWERS = 3;
  private static final long PACE_MILLIS = Long.getLong("chaos.pace", 40);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Random random = new Random(20_261_125);
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicBoolean sending = new AtomicBoolean(true);
  private final AtomicBoolean following = new AtomicBoolean(true);
  private final List<String> told = new ArrayList<>();
  private Cluster cluster;
  private Load load;
  private long withOneNodeDown;

  @Test
  void nothingIsLostOrDoubledAndNoCursorSkipsWhileNodesAndWorkersFail() throws Exception {
    TimeBucket start = TimeBucket.ofTicks(EventTime.toTicks(Instant.now().minusSeconds(3 * 3_600)));
    cluster = new Cluster(Files.createDirectories(Path.of("target/chaos")).toAbsolutePath());
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      cluster.start();
      load = new Load(client, cluster.workers());
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
        disturb();
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
      throw new AssertionError(e.getMessage() + told + cluster.logs(), e);
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
      Thread.sleep(mine.nextLong(2 * PACE_MILLIS)); // bounded load is what this is about
    }
    return null;
  }

  private Void follow(Follower follower) throws InterruptedException {
    while (following.get()) {
      follower.follow();
      Thread.sleep(50); // as a consumer does that polls
    }
    return null;
  }

  private void disturb() throws Exception {
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
    TimeUnit.SECONDS.sleep(seconds); // disturbances take time
  }

  private void killNode() throws Exception {
    CassandraServer node = cluster.nodes().get(random.nextInt(Cluster.SIZE));
    tell("kill -9 of a node");
    node.kill();
    rest(2);
    long before = load.acknowledged.size();
    rest(8 + random.nextInt(10));
    withOneNodeDown += load.acknowledged.size() - before;
    assertThat(load.acknowledged.size())
        .as("writes go on with one node down")
        .isGreaterThan((int) before);
    node.launch();
    node.awaitReady();
  }

  private void killWorker() throws Exception {
    Cluster.Member worker = cluster.workers().get(random.nextInt(Cluster.SIZE));
    long skew = new long[] {0, 5_000, -5_000}[random.nextInt(3)];
    tell("kill -9 of a worker, back with its clock ahead by " + skew + " ms");
    worker.kill();
    rest(random.nextInt(5));
    cluster.launch(worker, skew);
    await().atMost(Duration.ofMinutes(2)).until(worker::ready);
  }

  private void pauseWorker() throws Exception {
    Cluster.Member worker = cluster.workers().get(random.nextInt(Cluster.SIZE));
    tell("a worker stands still for " + PAUSE + " s");
    Cluster.signal(worker.pid(), "STOP");
    rest(PAUSE);
    Cluster.signal(worker.pid(), "CONT");
    await().atMost(Duration.ofMinutes(2)).until(worker::ready);
  }

  private void pauseNode() throws Exception {
    CassandraServer node = cluster.nodes().get(random.nextInt(Cluster.SIZE));
    tell("a node stands still for 10 s");
    Cluster.signal(node.pid(), "STOP");
    rest(10);
    Cluster.signal(node.pid(), "CONT");
  }

  private void tell(String what) {
    told.add("%n%s %s, %d acknowledged".formatted(Instant.now(), what, load.acknowledged.size()));
    System.out.print(told.getLast());
  }

  private void awaitFollowers(List<Follower> followers) {
    long latest = load.natural.stream().mapToLong(EventId::ticks).max().orElseThrow();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> cluster.workers().stream().allMatch(worker -> horizonPast(worker, latest)));
    List<Integer> rounds = followers.stream().map(Follower::rounds).toList();
    // A round under way may have begun before; from hour to hour it takes one each.
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

  private boolean horizonPast(Cluster.Member worker, long ticks) {
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
      assertThat(skipped).as("acknowledged, and skipped by a cursor").isEmpty();
    }
    for (Cluster.Member worker : cluster.workers()) {
      Map<EventId, Long> stored = readAll(worker);
      Map<EventId, Long> lost = new HashMap<>(load.acknowledged);
      stored.forEach(lost::remove);
      assertThat(lost).as("acknowledged, and not there").isEmpty();
      Map<Long, Integer> times = new HashMap<>();
      stored.values().forEach(number -> times.merge(number, 1, Integer::sum));
      times.values().removeIf(count -> count == 1);
      times.keySet().retainAll(load.once);
      assertThat(times).as("sent again with a key, and there more than once").isEmpty();
    }
    System.out.printf(
        "%nChaosIT: %d disturbances in %d min; %d events acknowledged (%d of them with one node down), %d unknown, %d"
            + " attempts again; followers waited %s ms at most%n",
        told.size(),
        MINUTES,
        load.acknowledged.size(),
        withOneNodeDown,
        load.unknown.get(),
        load.repeated.get(),
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
              .as("%s twice in an answer", id)
              .isNull();
        }
        cursor = Optional.ofNullable(page.path("nextCursor").textValue());
      } while (cursor.isPresent());
    }
    return stored;
  }

  private JsonNode get(Cluster.Member worker, String path) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(worker.url(path))
                .header("Authorization", TestWorker.KEY)
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }
}
