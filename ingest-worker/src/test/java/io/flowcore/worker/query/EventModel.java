package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.HotStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The events that a query should return, and the comparison with what it returns. */
final class EventModel {
  private static final long MEMORY_FOR_ONE_SOURCE = 48 << 10;

  private final List<ResolvedEventType> types;

  /** The model's clock is stopped, so an hour that is about to end would never be over. */
  private static final Clock HOUR_GOES_ON = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private final Clock clock;
  private final Random random;
  private final TreeMap<EventId, ModelEvent> events = new TreeMap<>();

  /** The first response for each event; later ones must have the same bytes. */
  private final Map<EventId, String> responses = new HashMap<>();

  /** An event of the model. */
  record ModelEvent(ResolvedEventType type, int number, long expiresAtSecond, boolean archive) {}

  EventModel(List<ResolvedEventType> types, Clock clock, Random random) {
    this.types = types;
    this.clock = clock;
    this.random = random;
  }

  /** Adds an event, whose id must be new. */
  void add(EventId id, ModelEvent event) {
    assertThat(events.put(id, event)).isNull();
  }

  /** Returns the number of events. */
  int size() {
    return events.size();
  }

  /** Compares the time buckets and events of all types with the model, in a random order. */
  void check(HotStore hot, EventArchive archive) throws Exception {
    ReadOrder order = random.nextBoolean() ? ReadOrder.ASCENDING : ReadOrder.DESCENDING;
    long readWatermark = hot.readWatermark(EventTime.MAX_TICKS);
    List<EventId> expected = new ArrayList<>();
    TreeSet<TimeBucket> expectedHours = new TreeSet<>();
    events.forEach((id, event) -> {
      boolean alive = event.archive() || event.expiresAtSecond() > clock.instant().getEpochSecond();
      if (alive && id.ticks() <= readWatermark) {
        expected.add(id);
      }
      // The current hour is also listed for events of its later minutes.
      if (alive && id.bucket().compareTo(TimeBucket.ofTicks(readWatermark)) <= 0) {
        expectedHours.add(id.bucket());
      }
    });
    NavigableSet<TimeBucket> hours =
        order.isAscending() ? expectedHours : expectedHours.descendingSet();
    // Some readers select the first events, because they have no memory to merge all sources.
    long memory = random.nextBoolean() ? 64 << 20 : MEMORY_FOR_ONE_SOURCE;
    EventReader reader =
        new EventReader(
            hot,
            type -> Optional.of(archive),
            new FairBudget("queries", "memory", memory),
            HOUR_GOES_ON);
    assertThat(reader.buckets(types, TimeBucket.MIN, TimeBucket.MAX, order, 9_999).buckets())
        .isEqualTo(List.copyOf(hours));
    List<EventId> seen = new ArrayList<>();
    for (TimeBucket hour : hours) {
      read(reader, hour, order, seen);
    }
    assertThat(seen).isEqualTo(order.isAscending() ? expected : expected.reversed());
  }

  private void read(EventReader reader, TimeBucket hour, ReadOrder order, List<EventId> seen)
      throws Exception {
    Optional<EventId> cursor = Optional.empty();
    do {
      EventQuery query =
          new EventQuery(
              types,
              hour,
              cursor,
              random.nextInt(1, 50),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              order);
      cursor =
          reader.read(
              query, "shop/key", run -> SeenEvents.split(run).forEach(event -> check(event, seen)));
    } while (cursor.isPresent());
  }

  private void check(byte[] response, List<EventId> seen) {
    EventId id = SeenEvents.id(response);
    String text = new String(response, UTF_8);
    ModelEvent event = events.get(id);
    assertThat(text)
        .containsPattern("\"n\": ?" + event.number() + "[\r}]")
        .contains("\"eventType\":\"" + event.type().eventType().name() + "\"");
    assertThat(responses.computeIfAbsent(id, first -> text)).isEqualTo(text);
    seen.add(id);
  }

  /** Checks that no object contains an event that must not be archived. */
  void checkSegments(Path archive) throws IOException {
    try (Stream<Path> files = Files.walk(archive)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".zst")).toList()) {
        try (InputStream in = new ZstdInputStream(Files.newInputStream(file)).setContinuous(true)) {
          for (String line : new String(in.readAllBytes(), UTF_8).split("\n")) {
            EventId id = EventId.parse(line.substring(12, 48)).orElseThrow();
            assertThat(events.get(id).archive()).as(line).isTrue();
          }
        }
      }
    }
  }
}
