package io.flowcore.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every engine of {@link HotStore} promises. */
public abstract class HotStoreContract {
  protected static final UUID TYPE = UUID.randomUUID();
  private static final UUID OTHER = UUID.randomUUID();

  /** The store under test, empty at first. */
  protected abstract HotStore store();

  /** The same store after a restart of its process. */
  protected abstract HotStore restarted() throws Exception;

  protected static NewEvent event(UUID type, long ticks, String payload) {
    byte[] bytes = payload.getBytes(UTF_8);
    return new NewEvent(type, ticks, details("{}"), bytes, 0, bytes.length);
  }

  private static EventDetails details(String metadata) {
    return new EventDetails(
        4_000_000_000L,
        1_700_000_000_123L,
        new ValidTime.SameAsEventTime(),
        true,
        metadata.getBytes(UTF_8));
  }

  protected static NewEvent now(String payload) {
    return event(TYPE, NewEvent.WHEN_COMMITTED, payload);
  }

  protected static List<StoredEvent> all(HotStore store, UUID type) throws StoreException {
    return read(
        store, type, EventId.first(0), EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING);
  }

  private static List<StoredEvent> read(
      HotStore store, UUID type, EventId first, EventId last, ReadOrder order)
      throws StoreException {
    return store
        .read(new ReadRequest(type, first, last, order, 1_000_000, Integer.MAX_VALUE))
        .events();
  }

  private static List<String> payloads(List<StoredEvent> events) {
    return events.stream().map(event -> new String(event.payload(), UTF_8)).toList();
  }

  private static long ticks(String instant) {
    return EventTime.toTicks(Instant.parse(instant));
  }

  @Test
  void whatIsAppendedIsReadBackAsItWas() throws StoreException {
    byte[] body = "xx{\"a\":1}yy".getBytes(UTF_8);
    EventDetails details =
        new EventDetails(
            5_000_000_123L,
            456_789,
            new ValidTime.At(-5, 999_999_999),
            false,
            "{\"k\":\"v\"}".getBytes(UTF_8));
    EventId id =
        store()
            .append(List.of(new NewEvent(TYPE, ticks("2020-01-01T00:00:00Z"), details, body, 2, 7)))
            .getFirst();

    StoredEvent stored = all(store(), TYPE).getFirst();

    assertThat(stored.id()).isEqualTo(id);
    assertThat(new String(stored.payload(), UTF_8)).isEqualTo("{\"a\":1}");
    assertThat(stored.details()).usingRecursiveComparison().isEqualTo(details);
    assertThat(stored.validTime()).isEqualTo(Instant.ofEpochSecond(-5, 999_999_999));
  }

  @Test
  void idsOfABatchAreInItsOrder() throws StoreException {
    List<NewEvent> batch = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      batch.add(now("{\"n\":" + i + "}"));
    }

    List<EventId> ids = store().append(batch);

    assertThat(ids).isSorted().doesNotHaveDuplicates();
    assertThat(all(store(), TYPE)).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void eventsOfOneInstantStayApartAndInTheOrderOfTheirCommits() throws StoreException {
    long instant = ticks("2026-01-01T00:00:00Z");
    List<EventId> ids = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      ids.addAll(
          store()
              .append(
                  List.of(event(TYPE, instant, "{\"n\":1}"), event(TYPE, instant, "{\"n\":2}"))));
    }

    assertThat(ids).isSorted().doesNotHaveDuplicates().allMatch(id -> id.ticks() == instant);
    assertThat(all(store(), TYPE)).hasSize(100);
  }

  @Test
  void aMillionEventsOfOneInstantStayApart() throws StoreException {
    long instant = ticks("2026-01-01T00:00:00Z");
    List<NewEvent> batch = Collections.nCopies(10_000, event(TYPE, instant, "{}"));
    EventId last = EventId.first(0);
    for (int i = 0; i < 100; i++) {
      for (EventId id : store().append(batch)) {
        assertThat(id.compareTo(last)).isPositive();
        assertThat(id.ticks()).isEqualTo(instant);
        last = id;
      }
    }
  }

  @Test
  void eventTypesAreSeparate() throws StoreException {
    store().append(List.of(now("{\"a\":1}"), event(OTHER, NewEvent.WHEN_COMMITTED, "{\"b\":1}")));

    assertThat(payloads(all(store(), TYPE))).containsExactly("{\"a\":1}");
    assertThat(payloads(all(store(), OTHER))).containsExactly("{\"b\":1}");
  }

  @Test
  void rangesIncludeBothEndsInBothDirections() throws StoreException {
    List<EventId> ids =
        store()
            .append(
                List.of(now("{\"n\":0}"), now("{\"n\":1}"), now("{\"n\":2}"), now("{\"n\":3}")));

    assertThat(payloads(read(store(), TYPE, ids.get(1), ids.get(2), ReadOrder.ASCENDING)))
        .containsExactly("{\"n\":1}", "{\"n\":2}");
    assertThat(payloads(read(store(), TYPE, ids.get(1), ids.get(2), ReadOrder.DESCENDING)))
        .containsExactly("{\"n\":2}", "{\"n\":1}");
    assertThat(
            read(
                store(),
                TYPE,
                ids.get(3).next(),
                EventId.last(EventTime.MAX_TICKS),
                ReadOrder.ASCENDING))
        .isEmpty();
  }

  @Test
  void pagesEndAtTheirBoundsAndSayWhetherThereIsMore() throws StoreException {
    List<EventId> ids =
        store().append(List.of(now("{\"n\":0}"), now("{\"n\":1}"), now("{\"n\":2}")));
    EventId last = EventId.last(EventTime.MAX_TICKS);

    EventPage byCount =
        store().read(new ReadRequest(TYPE, ids.getFirst(), last, ReadOrder.ASCENDING, 2, 1 << 20));
    EventPage byBytes =
        store().read(new ReadRequest(TYPE, ids.getFirst(), last, ReadOrder.ASCENDING, 9, 1));
    EventPage whole =
        store().read(new ReadRequest(TYPE, ids.getFirst(), last, ReadOrder.ASCENDING, 3, 1 << 20));

    assertThat(byCount.events()).hasSize(2);
    assertThat(byCount.complete()).isFalse();
    assertThat(byBytes.events()).hasSize(1);
    assertThat(byBytes.complete()).isFalse();
    assertThat(whole.events()).hasSize(3);
    assertThat(whole.complete()).isTrue();
  }

  @Test
  void bucketsAreTheHoursThatHoldEvents() throws StoreException {
    for (String time :
        List.of(
            "1970-01-01T00:00:00Z",
            "2026-01-01T10:00:00Z",
            "2026-01-01T10:59:59.9999999Z",
            "2026-01-01T12:30:00Z")) {
      store().append(List.of(event(TYPE, ticks(time), "{}")));
    }
    TimeBucket ten = TimeBucket.parse("20260101100000").orElseThrow();
    TimeBucket twelve = TimeBucket.parse("20260101120000").orElseThrow();
    TimeBucket early = TimeBucket.parse("19700101000000").orElseThrow();

    assertThat(store().buckets(TYPE, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 9))
        .containsExactly(early, ten, twelve);
    assertThat(store().buckets(TYPE, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.DESCENDING, 2))
        .containsExactly(twelve, ten);
    assertThat(store().buckets(TYPE, ten, ten, ReadOrder.ASCENDING, 9)).containsExactly(ten);
    assertThat(store().buckets(OTHER, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 9))
        .isEmpty();
  }

  private static NewEvent expiring(UUID type, String time, long expiresAtSecond, boolean archive) {
    EventDetails details =
        new EventDetails(
            expiresAtSecond, 0, new ValidTime.SameAsEventTime(), archive, "{}".getBytes(UTF_8));
    return new NewEvent(type, ticks(time), details, "{}".getBytes(UTF_8), 0, 2);
  }

  private List<TimeBucket> hours(UUID type) throws StoreException {
    return store().buckets(type, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 100);
  }

  /** Lets time pass until what was appended may be archived, if the engine waits for that. */
  protected abstract void letAppendsSettle();

  private static PendingHour hour(UUID type, String time) {
    return new PendingHour(type, TimeBucket.ofTicks(ticks(time)));
  }

  private static List<EventId> waiting(HotStore store, PendingHour hour) throws StoreException {
    try (PendingEvents waiting = store.claim(hour).orElseThrow()) {
      return ids(waiting.next(1_000, 1 << 20));
    }
  }

  private static List<EventId> ids(EventPage page) {
    return page.events().stream().map(StoredEvent::id).toList();
  }

  private static void archive(HotStore store, PendingHour hour) throws StoreException {
    try (PendingEvents waiting = store.claim(hour).orElseThrow()) {
      assertThat(waiting.next(1_000, 1 << 20).complete()).isTrue();
      waiting.markArchived();
    }
  }

  private static List<PendingHour> pendingHours(HotStore store) throws StoreException {
    List<PendingHour> hours = new ArrayList<>();
    store.pendingHours(hours::add);
    return hours;
  }

  protected static void expireAll(HotStore store) throws StoreException {
    int looked = 3;
    while (looked == 3) {
      looked = store.expire(3);
    }
  }

  @Test
  void anEventThatIsNotToBeArchivedIsGoneWhenItsTtlHasPassed() throws StoreException {
    long past = Instant.now().getEpochSecond() - 1;
    long future = past + 1_000;
    store().append(List.of(expiring(TYPE, "2026-01-01T10:00:00Z", past, false)));
    EventId alive =
        store().append(List.of(expiring(TYPE, "2026-01-01T11:00:00Z", future, false))).getFirst();
    store().append(List.of(expiring(TYPE, "2026-01-01T11:30:00Z", past, false)));

    assertThat(all(store(), TYPE)).extracting(StoredEvent::id).containsExactly(alive);
    assertThat(hours(TYPE)).containsExactly(TimeBucket.parse("20260101110000").orElseThrow());
    expireAll(store());
    assertThat(all(store(), TYPE)).extracting(StoredEvent::id).containsExactly(alive);
  }

  @Test
  void anEventThatWaitsToBeArchivedStaysThoughItsTtlHasPassed() throws Exception {
    long past = Instant.now().getEpochSecond() - 1;
    EventId id =
        store().append(List.of(expiring(TYPE, "2026-01-01T10:00:00Z", past, true))).getFirst();
    letAppendsSettle();
    expireAll(store());

    HotStore again = restarted();
    PendingHour ten = hour(TYPE, "2026-01-01T10:00:00Z");
    assertThat(all(again, TYPE)).extracting(StoredEvent::id).containsExactly(id);
    archive(again, ten);
    assertThat(all(again, TYPE)).isEmpty();
    assertThat(hours(TYPE)).isEmpty();
    assertThat(waiting(again, ten)).isEmpty();
    assertThat(pendingHours(again)).isEmpty();
  }

  @Test
  void anArchivedEventIsHotUntilItsTtlHasPassed() throws StoreException {
    long future = Instant.now().getEpochSecond() + 100_000;
    EventId id =
        store().append(List.of(expiring(TYPE, "2026-01-01T10:00:00Z", future, true))).getFirst();
    letAppendsSettle();
    PendingHour ten = hour(TYPE, "2026-01-01T10:00:00Z");
    assertThat(waiting(store(), ten)).containsExactly(id);
    archive(store(), ten);
    expireAll(store());

    assertThat(waiting(store(), ten)).isEmpty();
    assertThat(all(store(), TYPE)).hasSize(1);
  }

  @Test
  void whatIsGivenAndNotArchivedIsGivenAgainAndWhatComesLaterAsWell() throws StoreException {
    long future = Instant.now().getEpochSecond() + 100_000;
    PendingHour ten = hour(TYPE, "2026-01-01T10:00:00Z");
    List<EventId> ids = new ArrayList<>();
    for (int minute = 10; minute < 50; minute += 10) {
      String time = "2026-01-01T10:%d:00Z".formatted(minute);
      ids.addAll(
          store()
              .append(
                  List.of(
                      expiring(TYPE, time, future, true),
                      expiring(TYPE, time, future, false),
                      expiring(TYPE, time, future, true))));
    }
    ids.removeIf(id -> ids.indexOf(id) % 3 == 1);
    letAppendsSettle();
    try (PendingEvents waiting = store().claim(ten).orElseThrow()) {
      assertThat(ids(waiting.next(3, 1 << 20))).isEqualTo(ids.subList(0, 3));
      assertThat(ids(waiting.next(9, 1))).isEqualTo(ids.subList(3, 4));
      waiting.markArchived();
      assertThat(ids(waiting.next(2, 1 << 20))).isEqualTo(ids.subList(4, 6));
      assertThat(waiting.isHeld()).isTrue();
    }
    assertThat(waiting(store(), ten)).isEqualTo(ids.subList(4, 8));
    EventId late =
        store().append(List.of(expiring(TYPE, "2026-01-01T10:05:00Z", future, true))).getFirst();
    letAppendsSettle();
    assertThat(waiting(store(), ten)).contains(late).containsAll(ids.subList(4, 8)).hasSize(5);
    archive(store(), ten);
    assertThat(waiting(store(), ten)).isEmpty();
    assertThat(pendingHours(store())).isEmpty();
    assertThat(all(store(), TYPE)).hasSize(13);
  }

  @Test
  void marksAreKeptByScopeAndHourAndNeverFall() throws Exception {
    byte[] scope = "0123456789abcdef".getBytes(UTF_8);
    byte[] other = "0123456789abcdeg".getBytes(UTF_8);
    TimeBucket one = new TimeBucket(1_000_000);
    TimeBucket two = new TimeBucket(1_000_300);
    store().raiseGeneration(scope, two, 7);
    store().raiseGeneration(scope, one, 1);
    store().raiseGeneration(scope, two, 6);
    store().raiseGeneration(other, one, 3);

    HotStore again = restarted();
    assertThat(again.generation(scope, two)).isEqualTo(7);
    assertThat(again.generation(other, two)).isZero();
    assertThat(again.hoursWithGeneration(scope, TimeBucket.MIN, TimeBucket.MAX))
        .containsExactly(one, two);
    assertThat(again.hoursWithGeneration(scope, two, TimeBucket.MAX)).containsExactly(two);
    assertThat(again.hoursWithGeneration(other, two, TimeBucket.MAX)).isEmpty();
  }

  @Test
  void hoursThatWaitAreListedOverAllTypes() throws StoreException {
    long future = Instant.now().getEpochSecond() + 1_000;
    for (UUID type : List.of(TYPE, OTHER)) {
      for (String time :
          List.of("2026-01-01T10:00:00Z", "2026-01-01T10:30:00Z", "2026-01-01T12:00:00Z")) {
        store().append(List.of(expiring(type, time, future, true)));
      }
      store().append(List.of(expiring(type, "2026-01-01T14:00:00Z", future, false)));
    }

    assertThat(new HashSet<>(pendingHours(store())))
        .containsExactlyInAnyOrder(
            new PendingHour(TYPE, TimeBucket.parse("20260101100000").orElseThrow()),
            new PendingHour(TYPE, TimeBucket.parse("20260101120000").orElseThrow()),
            new PendingHour(OTHER, TimeBucket.parse("20260101100000").orElseThrow()),
            new PendingHour(OTHER, TimeBucket.parse("20260101120000").orElseThrow()));
  }

  @Test
  void aRequestIsRememberedWithItsEventsAcrossARestartUntilItExpires() throws Exception {
    byte[] key = new byte[32];
    byte[] other = new byte[32];
    other[31] = 1;
    byte[] digest = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
    long future = Instant.now().getEpochSecond() + 60;
    List<EventId> ids =
        store()
            .append(
                List.of(now("{\"n\":0}"), now("{\"n\":1}")),
                Optional.of(new IdempotencyKey(key, digest, future)));
    store().append(List.of(now("{}")), Optional.of(new IdempotencyKey(other, digest, 1)));

    HotStore again = restarted();
    IdempotencyRecord idempotencyRecord = again.idempotencyRecord(key).orElseThrow();

    assertThat(idempotencyRecord.ids()).isEqualTo(ids);
    assertThat(idempotencyRecord.digest()).isEqualTo(digest);
    assertThat(again.idempotencyRecord(other)).as("expired").isEmpty();
    assertThat(again.idempotencyRecord(digest)).as("never seen").isEmpty();
  }

  @Test
  void everythingIsThereAfterARestartAndIdsGoOn() throws Exception {
    List<EventId> before = store().append(List.of(now("{\"n\":0}"), now("{\"n\":1}")));

    HotStore again = restarted();

    assertThat(all(again, TYPE)).extracting(StoredEvent::id).isEqualTo(before);
    assertThat(again.append(List.of(now("{}"))).getFirst()).isGreaterThan(before.getLast());
  }

  @Test
  void theHorizonCoversWhatIsAcknowledgedAndNothingComesBehindIt() throws StoreException {
    for (int i = 0; i < 200; i++) {
      EventId before = store().append(List.of(now("{}"))).getFirst();
      long readWatermark = store().readWatermark(EventTime.MAX_TICKS);
      EventId after = store().append(List.of(now("{}"))).getFirst();

      assertThat(before.ticks()).isLessThanOrEqualTo(readWatermark);
      assertThat(after.ticks()).isGreaterThan(readWatermark);
    }
  }

  @Test
  void aReaderThatFollowsWithACursorSeesEveryAcknowledgedEventExactlyOnce() throws Exception {
    int writers = 8;
    int batchesEach = 150;
    AtomicInteger running = new AtomicInteger(writers);
    Set<EventId> acknowledged = new HashSet<>();
    List<EventId> seen = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<EventId>>> results = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        int size = 1 + w;
        Callable<List<EventId>> writer =
            () -> {
              List<EventId> ids = new ArrayList<>();
              try {
                for (int i = 0; i < batchesEach; i++) {
                  ids.addAll(store().append(Collections.nCopies(size, now("{}"))));
                }
              } finally {
                running.decrementAndGet();
              }
              return ids;
            };
        results.add(threads.submit(writer));
      }
      EventId cursor = EventId.first(0);
      boolean last;
      do {
        last = running.get() == 0;
        EventPage page =
            store()
                .read(
                    new ReadRequest(
                        TYPE,
                        cursor,
                        EventId.last(store().readWatermark(EventTime.MAX_TICKS)),
                        ReadOrder.ASCENDING,
                        37,
                        1 << 20));
        for (StoredEvent event : page.events()) {
          seen.add(event.id());
          cursor = event.id().next();
        }
        last &= page.complete();
      } while (!last);
      for (Future<List<EventId>> result : results) {
        acknowledged.addAll(result.get());
      }
    }

    assertThat(acknowledged).hasSize(batchesEach * 36);
    assertThat(seen).doesNotHaveDuplicates().hasSize(acknowledged.size());
    assertThat(new HashSet<>(seen)).isEqualTo(acknowledged);
  }
}
