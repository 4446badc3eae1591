package io.flowcore.worker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A consumer: goes on behind the last event it saw, at whichever worker answers, and from an hour
 * to the next when that has events and the one before has no more.
 */
final class Follower {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final UUID TYPE = TestWorker.typeId("order.placed");

  private final HttpClient client;
  private final List<Cluster.Member> workers;
  private final Random random;
  private final Set<EventId> seen = new HashSet<>();
  private final List<String> faults = new ArrayList<>();
  private TimeBucket bucket;
  private Optional<EventId> last = Optional.empty();
  private long longestWaitMillis;
  private long refused;
  private final AtomicInteger rounds = new AtomicInteger();

  Follower(HttpClient client, List<Cluster.Member> workers, TimeBucket from, long seed) {
    this.client = client;
    this.workers = workers;
    random = new Random(seed);
    bucket = from;
  }

  /** Reads all there is for now, from one worker. Whether it was there. */
  boolean follow() throws InterruptedException {
    Cluster.Member worker = workers.get(random.nextInt(workers.size()));
    try {
      // Asked first: once the next hour has events, this one gets no more.
      Optional<TimeBucket> next = nextBucket(worker);
      int count = page(worker);
      while (count > 0) {
        count = page(worker);
      }
      rounds.incrementAndGet();
      if (next.isPresent()) {
        bucket = next.get();
        last = Optional.empty();
      }
      return true;
    } catch (IOException e) {
      refused++;
      return false;
    }
  }

  private Optional<TimeBucket> nextBucket(Cluster.Member worker)
      throws IOException, InterruptedException {
    JsonNode buckets =
        get(
                worker,
                "/api/v1/time-buckets?eventTypeId="
                    + TYPE
                    + "&fromTimeBucket="
                    + new TimeBucket(bucket.hour() + 1))
            .path("timeBuckets");
    return buckets.isEmpty() ? Optional.empty() : TimeBucket.parse(buckets.get(0).asText());
  }

  private int page(Cluster.Member worker) throws IOException, InterruptedException {
    String after = last.map(id -> "&afterEventId=" + id).orElse("");
    JsonNode events =
        get(
                worker,
                "/api/v1/events?pageSize=500&eventTypeId=" + TYPE + "&timeBucket=" + bucket + after)
            .path("events");
    for (JsonNode event : events) {
      see(
          EventId.parse(event.path("eventId").asText()).orElseThrow(),
          Instant.parse(event.path("metadata").path("ingested-at").asText()));
    }
    return events.size();
  }

  private void see(EventId id, Instant ingested) {
    if (!seen.add(id)) {
      faults.add(id + " was seen twice");
    }
    if (last.isPresent() && id.compareTo(last.get()) <= 0) {
      faults.add(id + " came behind " + last.get());
    }
    last = Optional.of(id);
    boolean natural = EventTime.toInstant(id.ticks()).isAfter(ingested.minusSeconds(60));
    if (natural) {
      // Clocks of workers are wrong by some seconds; so is this.
      long wait = Duration.between(ingested, Instant.now()).toMillis();
      longestWaitMillis = Math.max(longestWaitMillis, wait);
    }
  }

  private JsonNode get(Cluster.Member worker, String path)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(worker.url(path))
                .timeout(Duration.ofSeconds(15))
                .header("Authorization", TestWorker.KEY)
                .build(),
            BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(answer.body());
    }
    return JSON.readTree(answer.body());
  }

  Set<EventId> seen() {
    return seen;
  }

  List<String> faults() {
    return faults;
  }

  /** How often all was read that a worker had. */
  int rounds() {
    return rounds.get();
  }

  long longestWaitMillis() {
    return longestWaitMillis;
  }

  long refused() {
    return refused;
  }
}
