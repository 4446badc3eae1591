package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.catalog.Catalog;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StubStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a page tells its reader to leave an hour. */
class HourTurnTest {
  private static final TimeBucket HOUR = TimeBucket.parse("20260101120000").orElseThrow();
  private static final Instant END = Instant.parse("2026-01-01T13:00:00Z");

  private final TestClock clock = TestClock.stoppedAt(END.plusSeconds(3));
  private final List<EventId> stored = new ArrayList<>();
  private final List<EventId> seen = new ArrayList<>();
  private final ResolvedEventType type = anEventType();
  private long readWatermark = ticks(END.minusMillis(5));

  private static ResolvedEventType anEventType() {
    try {
      Catalog catalog = new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog();
      return new CatalogIndex(catalog)
          .eventType(
              catalog.dataCores().getFirst().flowTypes().getFirst().eventTypes().getFirst().id())
          .orElseThrow();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static long ticks(Instant instant) {
    return EventTime.toTicks(instant);
  }

  private static EventId id(Duration beforeEnd) {
    return EventId.of(ticks(END.minus(beforeEnd)), 7);
  }

  /** A store whose read watermark is before the end of the hour. */
  private final class Store extends StubStore {
    @Override
    public long readWatermark(long wanted) {
      return readWatermark;
    }

    @Override
    public EventPage read(ReadRequest request) {
      return EventPage.last(
          stored.stream().filter(request.range()::contains).map(this::event).toList());
    }

    private StoredEvent event(EventId id) {
      byte[] json = "{}".getBytes(US_ASCII);
      EventDetails details = new EventDetails(0, 0, new ValidTime.SameAsEventTime(), true, json);
      return new StoredEvent(type.eventType().id(), id, details, json);
    }
  }

  private Optional<EventId> read(Optional<EventId> cursor, Optional<EventId> to, ReadOrder order)
      throws StoreException {
    EventReader reader =
        new EventReader(
            new Store(), ArchiveLookup.NONE, new FairBudget("queries", "memory", 1 << 20), clock);
    EventQuery query =
        new EventQuery(
            List.of(type), HOUR, cursor, 100, Optional.empty(), Optional.empty(), to, order);
    return reader.read(
        query,
        "shop/key",
        run -> SeenEvents.split(run).forEach(event -> seen.add(SeenEvents.id(event))));
  }

  private Optional<EventId> read(Optional<EventId> cursor) throws StoreException {
    return read(cursor, Optional.empty(), ReadOrder.ASCENDING);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReaderDoesNotLeaveAPastHourWhileAnEventOfItIsBeingCommitted(boolean anEventBefore)
      throws Exception {
    if (anEventBefore) {
      stored.add(id(Duration.ofMinutes(10)));
    }
    Optional<EventId> cursor = read(Optional.empty());
    assertThat(cursor).isPresent();
    assertThat(EventId.parse(cursor.get().toString())).as("a client sends it").isEqualTo(cursor);
    cursor = read(cursor);
    assertThat(cursor).as("an empty page").isPresent();
    EventId last = id(Duration.ofMillis(2));
    stored.add(last);
    readWatermark = ticks(END);

    assertThat(read(cursor)).as("the hour is complete").isEmpty();
    assertThat(seen).hasSize(anEventBefore ? 2 : 1).endsWith(last);
  }

  @Test
  void theCursorOfAnEmptyPageIsTheEventThatTheClientHasSeen() throws Exception {
    EventId seenBefore = id(Duration.ofSeconds(5));
    EventQuery query =
        new EventQuery(
            List.of(type),
            HOUR,
            Optional.empty(),
            100,
            Optional.empty(),
            Optional.of(seenBefore),
            Optional.empty(),
            ReadOrder.ASCENDING);

    assertThat(query.beforeFirst()).isEqualTo(seenBefore);
  }

  @Test
  void aPageInTheLastSecondOfAnHourMayArriveInTheNextHourAndHasACursor() throws Exception {
    clock.set(END.minusMillis(999));
    readWatermark = ticks(clock.instant());
    assertThat(read(Optional.empty())).isPresent();

    clock.set(END.minusMillis(1_001));
    readWatermark = ticks(clock.instant());
    assertThat(read(Optional.empty())).isEmpty();
  }

  @Test
  void aQueryThatEndsBeforeTheWatermarkIsComplete() throws Exception {
    assertThat(read(Optional.empty(), Optional.of(id(Duration.ofMinutes(1))), ReadOrder.ASCENDING))
        .isEmpty();
  }

  @Test
  void aDescendingQueryIsComplete() throws Exception {
    stored.add(id(Duration.ofMinutes(10)));

    assertThat(read(Optional.empty(), Optional.empty(), ReadOrder.DESCENDING)).isEmpty();
    assertThat(seen).hasSize(1);
  }
}
