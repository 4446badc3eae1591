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

/** Senders, and what they were told. */
final class Load {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_IN_A_BATCH = 12;

  private final HttpClient client;
  private final List<Cluster.Member> workers;
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong keys = new AtomicLong();

  /** Acknowledged events by their ids: the numbers in their payloads. */
  final Map<EventId, Long> acknowledged = new ConcurrentHashMap<>();

  /** Those of them that have their natural time. */
  final Set<EventId> natural = ConcurrentHashMap.newKeySet();

  /** Numbers of events that were sent again and again with a key until they were acknowledged. */
  final Set<Long> once = ConcurrentHashMap.newKeySet();

  final AtomicLong unknown = new AtomicLong();
  final AtomicLong repeated = new AtomicLong();
  final List<String> faults = new ArrayList<>();

  Load(HttpClient client, List<Cluster.Member> workers) {
    this.client = client;
    this.workers = workers;
  }

  /** One request. Those with a key are sent until they are acknowledged. */
  void send(Random random) throws InterruptedException {
    int count = random.nextInt(3) == 0 ? 1 + random.nextInt(MOST_IN_A_BATCH) : 1;
    long first = numbers.getAndAdd(count);
    boolean batch = count > 1 || random.nextInt(4) == 0;
    boolean natural = random.nextInt(10) > 0;
    boolean keyed = random.nextInt(3) == 0;
    Request request =
        new Request(
            first,
            count,
            batch,
            natural
                ? Optional.empty()
                : Optional.of(Instant.now().minusSeconds(random.nextInt(7_200))),
            keyed ? Optional.of("key-" + keys.incrementAndGet()) : Optional.empty(),
            random.nextBoolean() ? "10m" : "2h");
    boolean done = attempt(request, random);
    while (keyed && !done) {
      repeated.incrementAndGet();
      Thread.sleep(100); // as a sender does that tries again
      done = attempt(request, random);
    }
    if (!done) {
      unknown.addAndGet(count);
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

  /** Whether it was acknowledged. */
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
      HttpResponse<String> answer = client.send(post.build(), BodyHandlers.ofString());
      if (answer.statusCode() == 200) {
        note(request, JSON.readTree(answer.body()));
        return true;
      }
      if (answer.statusCode() != 503) {
        fault("a sender was answered " + answer.statusCode() + " " + answer.body());
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private void note(Request request, JsonNode answer) {
    List<JsonNode> ids = new ArrayList<>();
    if (request.batch()) {
      answer.path("eventIds").forEach(ids::add);
    } else {
      ids.add(answer.path("eventId"));
    }
    if (ids.size() != request.count()) {
      fault("an answer with other ids than events: " + answer);
      return;
    }
    for (int i = 0; i < ids.size(); i++) {
      EventId id = EventId.parse(ids.get(i).asText()).orElseThrow();
      long number = request.first() + i;
      if (acknowledged.put(id, number) != null) {
        fault(id + " was given twice");
      }
      if (request.eventTime().isEmpty()) {
        natural.add(id);
      }
      if (request.key().isPresent()) {
        once.add(number);
      }
    }
  }

  private void fault(String text) {
    synchronized (faults) {
      faults.add(text);
    }
  }
}
