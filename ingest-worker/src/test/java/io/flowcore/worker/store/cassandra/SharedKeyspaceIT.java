package io.flowcore.worker.store.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlSessions;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.membership.ClockSkewMonitor;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import io.flowcore.worker.store.cassandra.membership.MemberTable;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PartitionIndex;
import io.flowcore.worker.store.cassandra.partition.PartitionWriter;
import io.flowcore.worker.store.cassandra.pending.ClaimTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What two workers on one keyspace owe each other, and their readers. */
@Requires(OptionalPart.CASSANDRA)
class SharedKeyspaceIT {
  private static final UUID TYPE = UUID.randomUUID();

  private final TestClock clock = TestClock.running();
  private final AtomicLong jumped = new AtomicLong();
  private CassandraSettings settings;
  private CqlSession session;
  private CqlExecutor requests;
  private RowTtls lifetimes;
  private EventTable table;
  private PartitionIndex index;
  private CassandraHotStore one;
  private CassandraHotStore two;

  @BeforeEach
  void open() throws Exception {
    settings = TestCassandra.settings();
    one =
        CassandraHotStore.open(
            settings, "one", clock, () -> System.nanoTime() + jumped.get(), (events, nanos) -> {});
    two = CassandraHotStore.open(settings, "two", clock, (events, nanos) -> {});
    session = CqlSessions.open(settings);
    requests = new CqlExecutor(session);
    lifetimes = new RowTtls(settings.archiveMargin());
    table = new EventTable(session, settings.keyspace());
    index = new PartitionIndex(session, requests, settings.keyspace(), lifetimes, clock);
  }

  @AfterEach
  void close() throws Exception {
    one.close();
    two.close();
    session.close();
    TestCassandra.drop(settings);
  }

  private static NewEvent event(long ticks, String payload, boolean archive) {
    EventDetails details =
        new EventDetails(
            4_000_000_000L, 0, new ValidTime.SameAsEventTime(), archive, "{}".getBytes(UTF_8));
    byte[] bytes = payload.getBytes(UTF_8);
    return new NewEvent(TYPE, ticks, details, bytes, 0, bytes.length);
  }

  private static NewEvent now() {
    return event(NewEvent.WHEN_COMMITTED, "{}", true);
  }

  private static List<StoredEvent> all(HotStore store) throws StoreException {
    return read(store, EventId.first(0), EventTime.MAX_TICKS, 1_000_000).events();
  }

  private static EventPage read(HotStore store, EventId first, long to, int events)
      throws StoreException {
    return store.read(
        new ReadRequest(
            TYPE, first, EventId.last(to), ReadOrder.ASCENDING, events, Integer.MAX_VALUE));
  }

  @Test
  void aCursorThatGoesFromWorkerToWorkerSkipsNothingThatAnyOfThemAcknowledged() throws Exception {
    int writers = 8;
    AtomicInteger running = new AtomicInteger(writers);
    List<EventId> seen = new ArrayList<>();
    Set<EventId> acknowledged = new HashSet<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<EventId>>> results = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        HotStore store = w % 2 == 0 ? one : two;
        int size = 1 + w;
        results.add(
            threads.submit(() -> {
              List<EventId> ids = new ArrayList<>();
              try {
                for (int i = 0; i < 60; i++) {
                  List<NewEvent> batch = new ArrayList<>();
                  for (int n = 0; n < size; n++) {
                    batch.add(now());
                  }
                  ids.addAll(store.append(batch));
                }
              } finally {
                running.decrementAndGet();
              }
              return ids;
            }));
      }
      EventId cursor = EventId.first(0);
      boolean last;
      int turn = 0;
      do {
        HotStore store = turn++ % 2 == 0 ? one : two;
        last = running.get() == 0;
        EventPage page = read(store, cursor, store.readWatermark(EventTime.MAX_TICKS), 41);
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

    assertThat(acknowledged).hasSize(60 * 36);
    assertThat(seen).doesNotHaveDuplicates().hasSize(acknowledged.size());
    assertThat(new HashSet<>(seen)).isEqualTo(acknowledged);
  }

  @Test
  void aMemberThatDoesNotWriteHoldsTheHorizonUpUntilItIsTakenForDead() throws Exception {
    MemberTable members = memberTable();
    long silent = members.nextIncarnation();
    long floor = one.readWatermark(EventTime.MAX_TICKS);
    members.write(silent, 1, floor);
    one.append(List.of(now()));

    assertThat(one.readWatermark(EventTime.MAX_TICKS)).isEqualTo(floor);
    assertThat(two.readWatermark(EventTime.MAX_TICKS)).isEqualTo(floor);
    // By the watch of one worker; the other goes on to wait.
    jumped.addAndGet(Membership.DEAD_AFTER.toNanos());
    await()
        .atMost(Duration.ofSeconds(6))
        .until(() -> one.readWatermark(EventTime.MAX_TICKS) > floor + EventTime.PER_SECOND);
  }

  private MemberTable memberTable() {
    return new MemberTable(session, requests, settings.keyspace(), "test");
  }

  private Membership membership() {
    return new Membership(
        memberTable(),
        new ClockSkewMonitor(session, clock, System::nanoTime, settings.maxClockSkew()),
        clock,
        () -> System.nanoTime() + jumped.get());
  }

  @Test
  void aWorkerThatStoodStillWhileItWroteAcknowledgesNothing() throws Exception {
    try (Membership member = membership()) {
      member.start();
      HybridLogicalClock.Stamp stamp = member.begin(1);
      member.confirm(stamp);
      jumped.addAndGet(Membership.LEASE.toNanos());

      assertThatThrownBy(() -> member.confirm(stamp)).hasMessageContaining("stood still");
      await().until(() -> member.health() instanceof StoreHealth.Healthy);
      assertThatThrownBy(() -> member.confirm(stamp))
          .as("also when it has joined anew")
          .hasMessageContaining("stood still");
      assertThat(member.lostLeases()).isEqualTo(1);
      member.end(stamp);
      HybridLogicalClock.Stamp next = member.begin(1);
      member.confirm(next);
      member.end(next);
    }
  }

  @Test
  void whoJoinsWithAClockThatIsBehindBeginsBehindEveryHorizon() throws Exception {
    one.append(List.of(now()));
    long readWatermark = one.readWatermark(EventTime.MAX_TICKS);
    clock.advance(Duration.ofHours(-1));
    try (CassandraHotStore third =
        CassandraHotStore.open(settings, "three", clock, (events, nanos) -> {})) {
      assertThat(third.append(List.of(now())).getFirst().ticks()).isGreaterThan(readWatermark);
    }
  }

  @Test
  void aWorkerWhoseClockIsWrongTakesNoEventsUntilItIsSetRight() throws Exception {
    CassandraSettings strict =
        new CassandraSettings(
            settings.contactPoints(),
            settings.datacenter(),
            settings.keyspace(),
            settings.replication(),
            Optional.empty(),
            Optional.empty(),
            settings.archiveMargin(),
            Duration.ofSeconds(10));
    TestClock wrong = TestClock.running();
    try (CassandraHotStore store =
        CassandraHotStore.open(strict, "three", wrong, (events, nanos) -> {})) {
      EventId before = store.append(List.of(now())).getFirst();
      wrong.advance(Duration.ofSeconds(5));
      store.append(List.of(now()));
      wrong.advance(Duration.ofHours(1));
      await().until(() -> store.health() instanceof StoreHealth.Impaired);
      await()
          .untilAsserted(() ->
              assertThatThrownBy(() -> store.append(List.of(now())))
                  .hasMessageContaining(
                      "ahead of those of the hot store's nodes; 10000 ms are allowed"));
      wrong.advance(Duration.ofHours(-1));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> store.health() instanceof StoreHealth.Healthy);
      EventId after = store.append(List.of(now())).getFirst();
      assertThat(after.ticks() - before.ticks())
          .as("nobody was dragged into the future")
          .isLessThan(60 * EventTime.PER_SECOND);
      wrong.advance(Duration.ofHours(-1));
      await().until(() -> store.health() instanceof StoreHealth.Impaired);
    }
    wrong.advance(Duration.ofHours(2));
    assertThatThrownBy(() -> CassandraHotStore.open(strict, "three", wrong, (events, nanos) -> {}))
        .hasMessageContaining("ahead of");
  }

  private static PendingHour hour(EventId id) {
    return new PendingHour(TYPE, id.bucket());
  }

  @Test
  void anHourIsOneWorkersAndWhoWasReplacedCanNoteNothing() throws Exception {
    EventId id = one.append(List.of(now(), now())).getFirst();
    clock.advance(Duration.ofHours(1));
    awaitHealthy();
    try (PendingEvents first = one.claim(hour(id)).orElseThrow()) {
      assertThat(first.next(1, 1 << 20).events()).hasSize(1);
      assertThat(two.claim(hour(id))).isEmpty();
      // As if the claim had run out while its worker stood still.
      jumped.addAndGet(ClaimTable.CLAIM.toNanos());
      assertThat(first.isHeld()).isFalse();
      session.execute(
          "UPDATE %s.parts SET owner = null WHERE event_type = %s AND hour = %d IF owner != null"
              .formatted(settings.keyspace(), TYPE, id.bucket().hour()));
      try (PendingEvents second = two.claim(hour(id)).orElseThrow()) {
        assertThat(second.next(10, 1 << 20).events()).hasSize(2);
        assertThatThrownBy(first::markArchived).hasMessageContaining("another worker");
        second.markArchived();
      }
    }
    awaitHealthy();
    try (PendingEvents after = one.claim(hour(id)).orElseThrow()) {
      assertThat(after.next(10, 1 << 20).events()).isEmpty();
    }
  }

  /** Waits until both take events again, and know that what came before is settled. */
  private void awaitHealthy() {
    for (CassandraHotStore store : List.of(one, two)) {
      await().until(() -> store.health() instanceof StoreHealth.Healthy);
      long present = EventTime.toTicks(clock.instant());
      await().until(() -> store.readWatermark(Long.MAX_VALUE) >= present);
    }
  }

  private static IdempotencyKey key(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    return new IdempotencyKey(key, new byte[32], 4_000_000_000L);
  }

  @Test
  void aRequestThatComesToTwoWorkersAtOnceIsStoredOnce() throws Exception {
    int rounds = 25;
    for (int round = 0; round < rounds; round++) {
      IdempotencyKey key = key(round);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Boolean>> attempts =
            List.of(threads.submit(() -> stored(one, key)), threads.submit(() -> stored(two, key)));
        assertThat(attempts.get(0).get() && attempts.get(1).get()).isFalse();
      }
      while (one.idempotencyRecord(key.key()).isEmpty()) {
        stored(two, key);
      }
      assertThat(two.idempotencyRecord(key.key()).orElseThrow().ids()).hasSize(2);
    }

    assertThat(all(one)).hasSize(2 * rounds);
  }

  private static boolean stored(HotStore store, IdempotencyKey key) {
    try {
      return store.append(List.of(now(), now()), Optional.of(key)).size() == 2;
    } catch (StoreException e) {
      return false;
    }
  }

  @Test
  void whatADeadWorkerWroteOfARequestGoesWhenTheRequestIsSentAgain() throws Exception {
    EventWriter appends =
        new EventWriter(table, index, new PartitionWriter(requests), lifetimes, clock, () -> 1);
    CassandraIdempotencyStore receipts =
        new CassandraIdempotencyStore(
            session, requests, settings.keyspace(), table, lifetimes, clock, number -> false);
    try (Membership dead = membership()) {
      dead.start();
      HybridLogicalClock.Stamp stamp = dead.begin(2);
      List<NewEvent> events = List.of(now(), now());
      EventWriter.Plan plan = appends.plan(events, stamp);
      receipts.claim(key(1), stamp.incarnation(), plan);
      appends.write(events, plan);
      dead.end(stamp);
    }
    assertThat(all(two)).as("written, and answered to nobody").hasSize(2);
    assertThat(two.idempotencyRecord(key(1).key())).isEmpty();

    // Until the others know that it is gone, it is under way.
    await().until(() -> stored(two, key(1)));

    assertThat(all(two))
        .extracting(StoredEvent::id)
        .isEqualTo(two.idempotencyRecord(key(1).key()).orElseThrow().ids());
  }

  @Test
  void eventsOfAllSizesAndOfMinutesThatWereSplitComeBackInOrder() throws Exception {
    // So many members that each goes on to the next split after a few kilobytes.
    EventWriter appends =
        new EventWriter(
            table, index, new PartitionWriter(requests), lifetimes, clock, () -> 1 << 13);
    List<EventId> ids = new ArrayList<>();
    List<String> payloads = new ArrayList<>();
    try (Membership member = membership()) {
      member.start();
      for (int round = 0; round < 10; round++) {
        List<NewEvent> events = new ArrayList<>();
        for (int size : new int[] {10, 700_000, 3_000, 100_000, 500, 1, 17_000}) {
          String payload = "{\"n\":\"" + round + "x".repeat(size) + "\"}";
          payloads.add(payload);
          events.add(event(NewEvent.WHEN_COMMITTED, payload, true));
        }
        HybridLogicalClock.Stamp stamp = member.begin(events.size());
        EventWriter.Plan plan = appends.plan(events, stamp);
        appends.write(events, plan);
        member.end(stamp);
        ids.addAll(plan.ids());
      }
    }
    int splits = index.parts(hour(ids.getFirst())).size();

    assertThat(splits).isGreaterThan(8);
    assertThat(all(one)).extracting(StoredEvent::id).isEqualTo(ids);
    assertThat(all(one))
        .extracting(event -> new String(event.payload(), UTF_8))
        .isEqualTo(payloads);
    List<StoredEvent> paged = new ArrayList<>();
    EventPage page;
    do {
      EventId next = paged.isEmpty() ? EventId.first(0) : paged.getLast().id().next();
      page = read(two, next, EventTime.MAX_TICKS, 3);
      paged.addAll(page.events());
    } while (!page.complete());
    assertThat(paged).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void anEventThatWaitsIsKeptThoughItsMarginHasPassed() throws Exception {
    CassandraSettings brief =
        new CassandraSettings(
            settings.contactPoints(),
            settings.datacenter(),
            settings.keyspace(),
            settings.replication(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(4),
            settings.maxClockSkew());
    try (CassandraHotStore store =
        CassandraHotStore.open(brief, "three", clock, (events, nanos) -> {})) {
      long second = clock.instant().getEpochSecond();
      EventDetails details =
          new EventDetails(
              second + 1, 0, new ValidTime.SameAsEventTime(), true, "{}".getBytes(UTF_8));
      NewEvent event =
          new NewEvent(TYPE, NewEvent.WHEN_COMMITTED, details, "{}".getBytes(UTF_8), 0, 2);
      EventId id = store.append(List.of(event)).getFirst();
      clock.advance(Duration.ofHours(1));
      await().until(() -> store.health() instanceof StoreHealth.Healthy);
      long began = System.nanoTime();
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(300))
          .until(() -> {
            store.expire(1);
            assertThat(all(store)).extracting(StoredEvent::id).containsExactly(id);
            return System.nanoTime() - began > Duration.ofSeconds(13).toNanos();
          });

      assertThat(store.prolonged()).isGreaterThan(1);
      assertThat(
              store
                  .claim(new PendingHour(TYPE, TimeBucket.ofTicks(id.ticks())))
                  .orElseThrow()
                  .next(9, 1 << 20)
                  .events())
          .hasSize(1);
    }
  }
}
