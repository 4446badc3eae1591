package io.flowcore.worker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.event.EventId;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Sends events, and records which of them were acknowledged. */
final class LoadGenerator {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_BATCH_SIZE = 12;

  private final HttpClient client;
  private final List<Cluster.Member> workers;
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong keys = new AtomicLong();

  /** The acknowledged events: the numbers in their payloads, by event id. */
  final Map<EventId, Long> acknowledged = new ConcurrentHashMap<>();

  /** The acknowledged events whose event time the store has assigned. */
  final Set<EventId> natural = ConcurrentHashMap.newKeySet();

  /** The numbers of events that were retried with a key until they were acknowledged. */
  final Set<Long> keyed = ConcurrentHashMap.newKeySet();

  final AtomicLong unacknowledged = new AtomicLong();
  final AtomicLong retries = new AtomicLong();
  final List<String> faults = new ArrayList<>();

  LoadGenerator(HttpClient client, List<Cluster.Member> workers) {
    this.client = client;
    this.workers = workers;
  }

  /** Sends one request. A request with a key is retried until it is acknowledged. */
  void send(Random random) throws InterruptedException {
    int count = random.nextInt(3) == 0 ? 1 + random.nextInt(MAX_BATCH_SIZE) : 1;
    long first = numbers.getAndAdd(count);
    boolean batch = count > 1 || random.nextInt(4) == 0;
    boolean natural = random.nextInt(10) > 0;
    boolean withKey = random.nextInt(3) == 0;
    Request request =
        new Request(
            first,
            count,
            batch,
            natural
                ? Optional.empty()
                : Optional.of(Instant.now().minusSeconds(random.nextInt(7_200))),
            withKey ? Optional.of("key-" + keys.incrementAndGet()) : Optional.empty(),
            random.nextBoolean() ? "10m" : "2h");
    boolean done = attempt(request, random);
    while (withKey && !done) {
      retries.incrementAndGet();
      Thread.sleep(100); // waits before a retry, as a sender does
      done = attempt(request, random);
    }
    if (!done) {
      unacknowledged.addAndGet(count);
    }
  }

  private record Request(
      long first,
      int count,
      boolean batch,
      Optional<Instant> eventTime,
      Optional<String> key,
      String ttl) {
    String body() {
      if (!batch) {
        return "{\"n\":%d}".formatted(first);
      }
      StringBuilder body = new StringBuilder("[");
      for (int i = 0; i < count; i++) {
        body.append(i == 0 ? "" : ",").append("{\"n\":").append(first + i).append('}');
      }
      return body.append(']').toString();
    }
  }

  /** Makes one attempt; returns whether the request was acknowledged. */
  private boolean attempt(Request request, Random random) throws InterruptedException {
    Cluster.Member worker = workers.get(random.nextInt(workers.size()));
    HttpRequest.Builder post =
        HttpRequest.newBuilder(
                worker.url((request.batch() ? "/events" : "/event") + TestWorker.PLACED))
            .timeout(Duration.ofSeconds(20))
            .header("Authorization", TestWorker.KEY)
            .header("Content-Type", "application/json")
            .header(
                "x-flowcore-metadata-json", "{\"ttl-on/stored-event\":\"" + request.ttl() + "\"}")
            .POST(BodyPublishers.ofString(request.body()));
    request.eventTime().ifPresent(time -> post.header("x-flowcore-event-time", time.toString()));
    request.key().ifPresent(key -> post.header("idempotency-key", key));
    try {
      HttpResponse<String> response = client.send(post.build(), BodyHandlers.ofString());
      if (response.statusCode() == 200) {
        recordAcknowledged(request, JSON.readTree(response.body()));
        return true;
      }
      if (response.statusCode() != 503) {
        recordFault("a sender got the response " + response.statusCode() + " " + response.body());
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private void recordAcknowledged(Request request, JsonNode response) {
    List<JsonNode> ids = new ArrayList<>();
    if (request.batch()) {
      response.path("eventIds").forEach(ids::add);
    } else {
      ids.add(response.path("eventId"));
    }
    if (ids.size() != request.count()) {
      recordFault("the response has another number of ids than events were sent: " + response);
      return;
    }
    for (int i = 0; i < ids.size(); i++) {
      EventId id = EventId.parse(ids.get(i).asText()).orElseThrow();
      long number = request.first() + i;
      if (acknowledged.put(id, number) != null) {
        recordFault(id + " was assigned twice");
      }
      if (request.eventTime().isEmpty()) {
        natural.add(id);
      }
      if (request.key().isPresent()) {
        keyed.add(number);
      }
    }
  }

  private void recordFault(String text) {
    synchronized (faults) {
      faults.add(text);
    }
  }
}
