package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StubStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a page ends when the store fails or the memory budget is exhausted. */
class EventReaderTest {
  private static final TimeBucket BUCKET = TimeBucket.parse("20260101100000").orElseThrow();
  private static final int PAYLOAD = 1_000;
  private static final Clock CLOCK = Clock.systemUTC();

  private final List<ResolvedEventType> types = new ArrayList<>();
  private final List<EventId> seen = new ArrayList<>();

  @BeforeEach
  void twoEventTypes() throws Exception {
    Catalog catalog = new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog();
    CatalogIndex index = new CatalogIndex(catalog);
    for (DataCoreEntry core : catalog.dataCores()) {
      core.flowTypes()
          .forEach(flow ->
              flow.eventTypes()
                  .forEach(type -> types.add(index.eventType(type.id()).orElseThrow())));
    }
  }

  /** Returns the id of the n-th event of both types; even numbers are of the first type. */
  private static EventId id(int n) {
    return EventId.of(BUCKET.firstTick() + n, n);
  }

  private static StoredEvent event(UUID type, int n) {
    EventDetails details =
        new EventDetails(0, 0, new ValidTime.SameAsEventTime(), true, new byte[] {'{', '}'});
    byte[] payload = ("\"" + "x".repeat(PAYLOAD - 2) + "\"").getBytes(US_ASCII);
    return new StoredEvent(type, id(n), details, payload);
  }

  /** A store with ten events of two alternating types; one event is damaged. */
  private final class Damaged extends StubStore {
    private final int damaged;

    Damaged(int damaged) {
      this.damaged = damaged;
    }

    @Override
    public EventPage read(ReadRequest request) {
      int parity = request.eventType().equals(types.getFirst().eventType().id()) ? 0 : 1;
      List<StoredEvent> events = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int n = request.range().isAscending() ? parity + 2 * i : 8 + parity - 2 * i;
        boolean inside = request.range().contains(id(n));
        if (inside && n == damaged) {
          return EventPage.untilDamage(events, id(n));
        }
        if (inside) {
          events.add(event(request.eventType(), n));
        }
      }
      return EventPage.last(events);
    }
  }

  private Optional<EventId> read(EventReader reader, Optional<EventId> cursor)
      throws StoreException {
    return read(reader, cursor, ReadOrder.ASCENDING);
  }

  private Optional<EventId> read(EventReader reader, Optional<EventId> cursor, ReadOrder order)
      throws StoreException {
    return reader.read(
        query(cursor, order),
        "shop/key",
        run -> SeenEvents.split(run).forEach(event -> seen.add(SeenEvents.id(event))));
  }

  private EventQuery query(Optional<EventId> cursor, ReadOrder order) {
    return new EventQuery(
        types, BUCKET, cursor, 100, Optional.empty(), Optional.empty(), Optional.empty(), order);
  }

  @Test
  void aDamagedEventEndsItsPageAndTheErrorOfTheNextPageNamesTheCursorToContinueWith()
      throws Exception {
    EventReader reader =
        new EventReader(
            new Damaged(4),
            ArchiveLookup.NONE,
            new FairBudget("queries", "memory", 1 << 20),
            CLOCK);
    Optional<EventId> cursor = read(reader, Optional.empty());

    assertThat(seen).containsExactly(id(0), id(1), id(2), id(3));
    assertThat(cursor).contains(id(3));
    assertThatThrownBy(() -> read(reader, cursor))
        .hasMessageContaining(id(4) + " is damaged")
        .hasMessageContaining("cursor=" + id(4));
    assertThat(read(reader, Optional.of(id(4)))).isEmpty();
    assertThat(seen).containsExactly(id(0), id(1), id(2), id(3), id(5), id(6), id(7), id(8), id(9));
  }

  @Test
  void aDamagedEventEndsItsPageInDescendingOrderToo() throws Exception {
    EventReader reader =
        new EventReader(
            new Damaged(5),
            ArchiveLookup.NONE,
            new FairBudget("queries", "memory", 1 << 20),
            CLOCK);
    Optional<EventId> cursor = read(reader, Optional.empty(), ReadOrder.DESCENDING);

    assertThat(seen).containsExactly(id(9), id(8), id(7), id(6));
    assertThat(cursor).contains(id(6));
    assertThatThrownBy(() -> read(reader, cursor, ReadOrder.DESCENDING))
        .hasMessageContaining(id(5) + " is damaged")
        .hasMessageContaining("cursor=" + id(5));
    assertThat(read(reader, Optional.of(id(5)), ReadOrder.DESCENDING)).isEmpty();
    assertThat(seen).containsExactly(id(9), id(8), id(7), id(6), id(4), id(3), id(2), id(1), id(0));
  }

  @Test
  void memoryIsReleasedAndAQueryWithoutMemoryIsRejected() throws Exception {
    FairBudget budget = new FairBudget("queries", "memory", 1 << 20);
    read(new EventReader(new Damaged(-1), ArchiveLookup.NONE, budget, CLOCK), Optional.empty());

    assertThat(seen).hasSize(10);
    assertThat(budget.used()).isZero();
    FairBudget tight = new FairBudget("queries", "memory", PAYLOAD);
    assertThatThrownBy(() ->
            read(
                new EventReader(new Damaged(-1), ArchiveLookup.NONE, tight, CLOCK),
                Optional.empty()))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("one of the queries needs");
    assertThat(tight.used()).isZero();
  }

  @Test
  void aPageEndsWithACursorIfItsClientReadsSlowly() throws Exception {
    AtomicLong clock = new AtomicLong();
    FairBudget budget = new FairBudget("queries", "memory", 1 << 20);
    EventReader reader =
        new EventReader(new Damaged(-1), ArchiveLookup.NONE, budget, CLOCK, clock::get);
    EventQuery query = query(Optional.empty(), ReadOrder.ASCENDING);
    Optional<EventId> cursor =
        reader.read(
            query,
            "shop/key",
            run -> {
              seen.add(run.last());
              clock.addAndGet(TimeUnit.SECONDS.toNanos(4));
            });

    assertThat(seen).containsExactly(id(0), id(1), id(2));
    assertThat(cursor).contains(id(2));
    assertThat(budget.used()).isZero();
    assertThat(read(reader, cursor)).isEmpty();
    assertThat(seen).hasSize(10);
  }

  @Test
  void aStoreThatFailsWithinAPageEndsThePageWithACursor() throws Exception {
    StubStore failing =
        new StubStore() {
          private int reads;

          @Override
          public EventPage read(ReadRequest request) throws StoreException {
            if (++reads > types.size()) {
              throw new StoreException(StoreException.Kind.UNAVAILABLE, "gone");
            }
            return EventPage.more(List.of(event(request.eventType(), reads)));
          }
        };
    EventReader reader =
        new EventReader(
            failing, ArchiveLookup.NONE, new FairBudget("queries", "memory", 1 << 20), CLOCK);

    assertThat(read(reader, Optional.empty())).contains(id(1));
    assertThat(seen).containsExactly(id(1));
    assertThatThrownBy(() -> read(reader, Optional.of(id(1)))).hasMessage("gone");
  }
}
