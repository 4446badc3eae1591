package io.flowcore.worker.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Senders at a fixed rate, a reader who follows, and readers who read everything. */
final class HonestClients {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EVENTS =
      "/api/v1/events?pageSize=1000&eventTypeId=" + TestWorker.typeId("order.placed");
  private static final String BUCKETS =
      "/api/v1/time-buckets?eventTypeId=" + TestWorker.typeId("order.placed");
  private static final String PAD = "x".repeat(200);
  private static final int BATCH = 50;
  private static final int PAST_HOURS = 24;

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI base;
  private final Ledger ledger;
  private final Supplier<String> phase;

  HonestClients(URI base, Ledger ledger, Supplier<String> phase) {
    this.base = base;
    this.ledger = ledger;
    this.phase = phase;
  }

  /** Sends requests at a fixed rate until told to stop. A slow response delays no other request. */
  void send(int perSecond, Random random, BooleanSupplier goOn) {
    long interval = 1_000_000_000L / perSecond;
    long due = System.nanoTime();
    while (goOn.getAsBoolean()) {
      long scheduled = due;
      Kind kind = Kind.of(random.nextInt(100));
      long seed = random.nextLong();
      Thread.startVirtualThread(() -> request(kind, new Random(seed), scheduled));
      due += interval;
      LockSupport.parkNanos(Math.max(0, due - System.nanoTime()));
    }
  }

  private enum Kind {
    SINGLE,
    WITH_KEY,
    UNARCHIVED,
    PAST_BATCH,
    BATCH;

    static Kind of(int percent) {
      if (percent < 80) {
        return SINGLE;
      }
      if (percent < 90) {
        return WITH_KEY;
      }
      if (percent < 96) {
        return UNARCHIVED;
      }
      return percent < 98 ? PAST_BATCH : BATCH;
    }

    boolean isBatch() {
      return this == BATCH || this == PAST_BATCH;
    }
  }

  private void request(Kind kind, Random random, long due) {
    String name = phase.get();
    int count = kind.isBatch() ? BATCH : 1;
    int first = ledger.nextNumbers(count);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                base.resolve((kind.isBatch() ? "/events" : "/event") + TestWorker.PLACED))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", TestWorker.KEY)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body(kind, first)));
    switch (kind) {
      case UNARCHIVED ->
          request.header(
              "x-flowcore-metadata-json",
              "{\"do-not-archive-on/stored-event\":\"true\",\"ttl-on/stored-event\":\"1d\"}");
      case PAST_BATCH ->
          request.header(
              "x-flowcore-event-time",
              Instant.now().minusSeconds(3_600L * (1 + random.nextInt(PAST_HOURS))).toString());
      case WITH_KEY -> request.header("Idempotency-Key", "soak-" + first);
      case SINGLE, BATCH -> {
        // The defaults.
      }
    }
    boolean done = attempt(request.build(), kind, first, count, name);
    // A sender with a key repeats its request, also after an answer that it has received.
    for (int n = 0; kind == Kind.WITH_KEY && n < 5 && (!done || n == 0); n++) {
      LockSupport.parkNanos(Duration.ofSeconds(done ? 0 : 2).toNanos());
      done |= attempt(request.build(), kind, first, count, name);
    }
    ledger.took(name, System.nanoTime() - due);
  }

  private static String body(Kind kind, int first) {
    if (!kind.isBatch()) {
      return event(first);
    }
    StringBuilder body = new StringBuilder("[");
    for (int n = 0; n < BATCH; n++) {
      body.append(n == 0 ? "" : ",").append(event(first + n));
    }
    return body.append(']').toString();
  }

  private static String event(int number) {
    return "{\"n\":" + number + ",\"pad\":\"" + PAD + "\"}";
  }

  private boolean attempt(HttpRequest request, Kind kind, int first, int count, String name) {
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      if (response.statusCode() == 200) {
        ledger.acknowledged(first, count, kind != Kind.PAST_BATCH);
        return true;
      }
      ledger.failed(
          name,
          response.statusCode() + " " + JSON.readTree(response.body()).path("error").asText());
    } catch (IOException e) {
      ledger.failed(name, e.getClass().getSimpleName());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** Reads new events as a consumer does, hour by hour, until told to stop and nothing is new. */
  void follow(TimeBucket from, BooleanSupplier goOn) {
    TimeBucket bucket = from;
    Optional<String> last = Optional.empty();
    boolean more = true;
    while (more || goOn.getAsBoolean()) {
      try {
        // Before the events are read: once a later hour has events, this hour gets no more.
        Optional<TimeBucket> next = nextBucket(bucket);
        int count = 0;
        JsonNode page;
        do {
          page =
              get(
                  EVENTS
                      + "&timeBucket="
                      + bucket
                      + last.map(id -> "&afterEventId=" + id).orElse(""));
          for (JsonNode event : page.path("events")) {
            String id = event.path("eventId").asText();
            checkOrder(last, id);
            last = Optional.of(id);
            ledger.followed(event.at("/payload/n").asInt());
            count++;
          }
        } while (!page.path("events").isEmpty());
        if (next.isPresent()) {
          bucket = next.get();
          last = Optional.empty();
        }
        more = count > 0 || next.isPresent();
        LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
      } catch (IOException e) {
        ledger.failed(phase.get(), "a read of the follower: " + e.getMessage());
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
      }
    }
  }

  private void checkOrder(Optional<String> last, String id) {
    EventId event = EventId.parse(id).orElseThrow();
    if (last.isPresent() && event.compareTo(EventId.parse(last.get()).orElseThrow()) <= 0) {
      ledger.fault(id + " was delivered after " + last.get());
    }
  }

  private Optional<TimeBucket> nextBucket(TimeBucket bucket) throws IOException {
    JsonNode buckets =
        get(BUCKETS + "&fromTimeBucket=" + new TimeBucket(bucket.hour() + 1)).path("timeBuckets");
    return buckets.isEmpty() ? Optional.empty() : TimeBucket.parse(buckets.get(0).asText());
  }

  /** Reads all events again and again, until told to stop. */
  void readEverything(BooleanSupplier goOn) {
    while (goOn.getAsBoolean()) {
      try {
        forEach(number -> {}, goOn);
      } catch (IOException e) {
        ledger.failed(phase.get(), "a read of everything: " + e.getMessage());
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
      }
    }
  }

  /** Returns the numbers of all stored events. */
  BitSet stored() throws IOException {
    BitSet stored = new BitSet();
    forEach(
        number -> {
          if (stored.get(number)) {
            ledger.fault("event " + number + " is stored twice");
          }
          stored.set(number);
        },
        () -> true);
    return stored;
  }

  private void forEach(Consumer<Integer> consumer, BooleanSupplier goOn) throws IOException {
    for (JsonNode bucket : get(BUCKETS).path("timeBuckets")) {
      String cursor = "";
      do {
        JsonNode page = get(EVENTS + "&timeBucket=" + bucket.asText() + cursor);
        page.path("events").forEach(event -> consumer.accept(event.at("/payload/n").asInt()));
        cursor = page.has("nextCursor") ? "&cursor=" + page.get("nextCursor").asText() : "";
      } while (!cursor.isEmpty() && goOn.getAsBoolean());
    }
  }

  private JsonNode get(String path) throws IOException {
    try {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(base.resolve(path))
                  .timeout(Duration.ofSeconds(60))
                  .header("Authorization", TestWorker.KEY)
                  .build(),
              BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IOException(
            response.statusCode() + " " + JSON.readTree(response.body()).path("error").asText());
      }
      return JSON.readTree(response.body());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
