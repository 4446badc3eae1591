package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries of an hour with many events whose TTL has passed, and that are not removed yet. */
class ExpiryBacklogIT {
  private static final Instant START = Instant.parse("2026-01-31T12:10:00Z");
  private static final TimeBucket HOUR = TimeBucket.ofTicks(EventTime.toTicks(START));
  private static final int EXPIRED = ReadRequest.DEFAULT_MAX_SKIPPED * 5 / 4;
  private static final int BATCH = 5_000;
  private static final boolean ARCHIVE = true;

  @TempDir private Path directory;
  private final TestClock clock = TestClock.stoppedAt(START);
  private final List<EventId> expected = new ArrayList<>();
  private ResolvedEventType type;
  private RocksHotStore store;

  @BeforeEach
  void open() throws Exception {
    CatalogIndex index =
        new CatalogIndex(new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    type = index.eventType(core.id(), "orders", "order.placed").orElseThrow();
    store =
        RocksHotStore.open(directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private List<EventId> append(int count, long ttlSeconds, boolean archive) throws Exception {
    clock.advance(Duration.ofMillis(1));
    EventDetails details =
        new EventDetails(
            clock.instant().getEpochSecond() + ttlSeconds,
            0,
            new ValidTime.SameAsEventTime(),
            archive,
            "{}".getBytes(UTF_8));
    List<NewEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] payload = "{}".getBytes(UTF_8);
      events.add(
          new NewEvent(
              type.eventType().id(),
              EventTime.toTicks(clock.instant()),
              details,
              payload,
              0,
              payload.length));
    }
    return store.append(events);
  }

  /** Events that readers see before, between and after many that they do not see. */
  private void appendBacklog() throws Exception {
    expected.addAll(append(1, 100_000, !ARCHIVE));
    for (int i = 0; i < EXPIRED / BATCH; i++) {
      append(BATCH, 10, !ARCHIVE);
      if (i == EXPIRED / BATCH / 2) {
        expected.addAll(append(2, 10, ARCHIVE));
      }
    }
    expected.addAll(append(1, 100_000, !ARCHIVE));
    expected.sort(Comparator.naturalOrder());
    clock.advance(Duration.ofMinutes(1));
  }

  private Optional<EventId> readPage(ReadOrder order, Optional<EventId> cursor, List<EventId> seen)
      throws Exception {
    EventQuery query =
        new EventQuery(
            List.of(type),
            HOUR,
            cursor,
            EventQuery.MAX_PAGE_SIZE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            order);
    return new EventReader(
            store, ArchiveLookup.NONE, new FairBudget("queries", "memory", 64 << 20), clock)
        .read(
            query,
            "shop/reader",
            run -> SeenEvents.split(run).forEach(event -> seen.add(SeenEvents.id(event))));
  }

  @Test
  void aPageEndsWithACursorAndTheNextOnesFindEveryEventOnce() throws Exception {
    appendBacklog();
    for (ReadOrder order : ReadOrder.values()) {
      List<EventId> seen = new ArrayList<>();
      Optional<EventId> cursor = readPage(order, Optional.empty(), seen);
      assertThat(cursor).as("the first page ends early").isPresent();
      assertThat(seen).hasSize(3);
      int pages = 1;
      while (cursor.isPresent() && pages < 100) {
        cursor = readPage(order, cursor, seen);
        pages++;
      }

      assertThat(pages).isEqualTo(2);
      assertThat(seen).isEqualTo(order.isAscending() ? expected : expected.reversed());
    }
  }

  @Test
  void anHourWithoutVisibleEventsIsReadInPagesThatAreEmpty() throws Exception {
    for (int i = 0; i < EXPIRED / BATCH; i++) {
      append(BATCH, 10, !ARCHIVE);
    }
    clock.advance(Duration.ofHours(3));
    List<EventId> seen = new ArrayList<>();

    Optional<EventId> cursor = readPage(ReadOrder.ASCENDING, Optional.empty(), seen);
    assertThat(cursor).isPresent();
    assertThat(readPage(ReadOrder.ASCENDING, cursor, seen)).isEmpty();
    assertThat(seen).isEmpty();
  }

  @Test
  void hoursAreListedWithoutReadingAllExpiredEvents() throws Exception {
    for (int i = 0; i < EXPIRED / BATCH; i++) {
      append(BATCH, 10, !ARCHIVE);
    }
    clock.advance(Duration.ofMinutes(1));

    // It is not known that no event of this hour is visible; its pages are empty.
    assertThat(store.buckets(type.eventType().id(), HOUR, HOUR, ReadOrder.ASCENDING, 10))
        .containsExactly(HOUR);
    int removed = 0;
    while (removed < EXPIRED) {
      removed += store.expire(50_000);
    }
    assertThat(store.buckets(type.eventType().id(), HOUR, HOUR, ReadOrder.ASCENDING, 10)).isEmpty();
  }
}
