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
 * A consumer. It polls a random worker for the events after the last event it has seen, and
 * continues with the next hour when that has events and the current hour has no more.
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
  private final AtomicInteger rounds = new AtomicInteger();

  Follower(HttpClient client, List<Cluster.Member> workers, TimeBucket from, long seed) {
    this.client = client;
    this.workers = workers;
    random = new Random(seed);
    bucket = from;
  }

  /** Reads all new events from one worker; returns whether the worker responded. */
  boolean follow() throws InterruptedException {
    Cluster.Member worker = workers.get(random.nextInt(workers.size()));
    try {
      // Before the events are read: once the next hour has events, this hour gets no more.
      Optional<TimeBucket> next = nextBucket(worker);
      int count = readPage(worker);
      while (count > 0) {
        count = readPage(worker);
      }
      rounds.incrementAndGet();
      if (next.isPresent()) {
        bucket = next.get();
        last = Optional.empty();
      }
      return true;
    } catch (IOException e) {
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

  private int readPage(Cluster.Member worker) throws IOException, InterruptedException {
    String after = last.map(id -> "&afterEventId=" + id).orElse("");
    JsonNode events =
        get(
                worker,
                "/api/v1/events?pageSize=500&eventTypeId=" + TYPE + "&timeBucket=" + bucket + after)
            .path("events");
    for (JsonNode event : events) {
      deliver(
          EventId.parse(event.path("eventId").asText()).orElseThrow(),
          Instant.parse(event.path("metadata").path("ingested-at").asText()));
    }
    return events.size();
  }

  private void deliver(EventId id, Instant ingested) {
    if (!seen.add(id)) {
      faults.add(id + " was seen twice");
    }
    if (last.isPresent() && id.compareTo(last.get()) <= 0) {
      faults.add(id + " was delivered after " + last.get());
    }
    last = Optional.of(id);
    boolean hasNaturalTime = EventTime.toInstant(id.ticks()).isAfter(ingested.minusSeconds(60));
    if (hasNaturalTime) {
      // As inaccurate as the clocks of the workers, which are wrong by a few seconds.
      long wait = Duration.between(ingested, Instant.now()).toMillis();
      longestWaitMillis = Math.max(longestWaitMillis, wait);
    }
  }

  private JsonNode get(Cluster.Member worker, String path)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(worker.url(path))
                .timeout(Duration.ofSeconds(15))
                .header("Authorization", TestWorker.KEY)
                .build(),
            BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(response.body());
    }
    return JSON.readTree(response.body());
  }

  Set<EventId> seen() {
    return seen;
  }

  List<String> faults() {
    return faults;
  }

  /** Returns how often the follower has read all events that a worker had. */
  int rounds() {
    return rounds.get();
  }

  /** Returns the longest time from ingestion to delivery, in milliseconds. */
  long longestWaitMillis() {
    return longestWaitMillis;
  }
}
