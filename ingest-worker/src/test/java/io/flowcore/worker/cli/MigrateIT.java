package io.flowcore.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.MovedEvent;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.CassandraHotStore;
import io.flowcore.worker.store.cassandra.CassandraImport;
import io.flowcore.worker.store.cassandra.TestCassandra;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.rocksdb.RocksExport;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Migrates an embedded hot store to a real Cassandra and compares both. */
@Requires(OptionalPart.CASSANDRA)
class MigrateIT {
  private static final UUID ONE = UUID.randomUUID();
  private static final UUID TWO = UUID.randomUUID();
  private static final byte[] SCOPE = "0123456789abcdef".getBytes(UTF_8);

  @TempDir private Path data;
  private int number;

  private NewEvent event(UUID type, long ticks, long expires, boolean archive) {
    EventDetails details =
        new EventDetails(
            expires,
            1_700_000_000_000L + number,
            number % 3 == 0 ? new ValidTime.At(number, 5) : new ValidTime.SameAsEventTime(),
            archive,
            "{\"m\":\"x\"}".getBytes(UTF_8));
    byte[] payload =
        ("{ \"n\" : " + number++ + "," + "\"s\":\"" + "y".repeat(number % 5_000) + "\"}")
            .getBytes(UTF_8);
    return new NewEvent(type, ticks, details, payload, 0, payload.length);
  }

  private static IdempotencyKey key() {
    return new IdempotencyKey(
        new byte[32], "0123456789abcdef0123456789abcdef".getBytes(UTF_8), 4_000_000_000L);
  }

  /** Events of every kind: archived, pending archive, expired, not to be archived, and late. */
  private void fill(HotStore store) throws StoreException {
    long now = Instant.now().getEpochSecond();
    long past = EventTime.toTicks(Instant.now().minus(Duration.ofHours(30)));
    for (UUID type : List.of(ONE, TWO)) {
      for (int i = 0; i < 40; i++) {
        long ticks = past + i * 100L * EventTime.PER_SECOND;
        store.append(
            List.of(
                event(type, ticks, now + 100_000, true), event(type, ticks, now + 100_000, false)));
      }
    }
    PendingHour archived = new PendingHour(ONE, TimeBucket.ofTicks(past));
    try (PendingEvents pending = store.claim(archived).orElseThrow()) {
      while (!pending.next(100, 1 << 20).complete()) {
        pending.isHeld();
      }
      pending.markArchived();
    }
    List<NewEvent> many = new ArrayList<>();
    for (int i = 0; i < 1_300; i++) {
      many.add(event(ONE, NewEvent.WHEN_COMMITTED, now + 100_000, true));
    }
    store.append(many);
    store.append(List.of(event(TWO, past, now - 5, true), event(TWO, past, now - 5, false)));
    store.append(
        List.of(event(TWO, NewEvent.WHEN_COMMITTED, now + 100_000, true)), Optional.of(key()));
    store.raiseGeneration(SCOPE, TimeBucket.ofTicks(past), 7);
  }

  private static List<String> read(HotStore store, UUID type) throws StoreException {
    List<String> all = new ArrayList<>();
    for (StoredEvent event :
        store
            .read(
                new ReadRequest(
                    type,
                    new EventRange(
                        EventId.first(0), EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING),
                    1_000_000,
                    Integer.MAX_VALUE))
            .events()) {
      all.add(
          event.id()
              + " "
              + new String(event.payload(), UTF_8)
              + event.details().expiresAtSecond()
              + event.details().archive()
              + event.details().ingestedAtMillis()
              + event.validTime()
              + new String(event.details().metadata(), UTF_8));
    }
    return all;
  }

  private static Set<PendingHour> pendingHours(HotStore store) throws StoreException {
    Set<PendingHour> hours = new HashSet<>();
    store.pendingHours(hours::add);
    return hours;
  }

  private static List<TimeBucket> buckets(HotStore store, UUID type) throws StoreException {
    return store.buckets(type, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 100);
  }

  private static int migrate(Path data, CassandraSettings settings) {
    return WorkerMain.run(
        "migrate",
        "--from",
        data.toString(),
        "--cassandra-contact-points",
        settings.contactPoints().getFirst(),
        "--cassandra-datacenter",
        settings.datacenter(),
        "--cassandra-keyspace",
        settings.keyspace(),
        "--cassandra-replication",
        "1");
  }

  @Test
  void everythingIsMigratedWithTheSameIdsEvenAfterAnInterruptedRun() throws Exception {
    CassandraSettings settings = TestCassandra.settings();
    Path hot = data.resolve("hot");
    try (RocksHotStore store = open(hot)) {
      fill(store);
    }
    migrateInPart(hot, settings);
    assertThat(migrate(data, settings)).isZero();
    assertThat(migrate(data, settings)).as("another run").isZero();

    TestClock clock = TestClock.running();
    try (RocksHotStore before = open(hot);
        CassandraHotStore after =
            CassandraHotStore.open(settings, "worker", clock, (events, nanos) -> {})) {
      for (UUID type : List.of(ONE, TWO)) {
        assertThat(read(after, type)).hasSizeGreaterThan(70).isEqualTo(read(before, type));
        assertThat(buckets(after, type)).isEqualTo(buckets(before, type));
      }
      assertThat(after.idempotencyRecord(key().key()).orElseThrow().ids())
          .isEqualTo(before.idempotencyRecord(key().key()).orElseThrow().ids());
      assertThat(
              after.hoursWithGeneration(
                  SCOPE, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 100))
          .hasSize(1);
      long readWatermark = before.readWatermark(EventTime.MAX_TICKS);
      assertThat(
              after
                  .append(List.of(event(ONE, NewEvent.WHEN_COMMITTED, 4_000_000_000L, true)))
                  .getFirst()
                  .ticks())
          .isGreaterThan(readWatermark);
      clock.advance(Duration.ofHours(1));
      after.pendingHours(hour -> {});
      for (PendingHour hour : pendingHours(before)) {
        assertThat(pendingEvents(after, hour)).containsAll(pendingEvents(before, hour));
      }
    } finally {
      TestCassandra.drop(settings);
    }
  }

  private static Set<EventId> pendingEvents(HotStore store, PendingHour hour)
      throws StoreException {
    Set<EventId> ids = new HashSet<>();
    try (PendingEvents pending = store.claim(hour).orElseThrow()) {
      pending.next(100_000, Integer.MAX_VALUE).events().forEach(event -> ids.add(event.id()));
    }
    return ids;
  }

  private static RocksHotStore open(Path hot) throws StoreException {
    return RocksHotStore.open(
        hot, Clock.systemUTC(), (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  /** Copies some pages, as a run that is killed does. */
  private static void migrateInPart(Path hot, CassandraSettings settings) throws StoreException {
    try (RocksExport source = RocksExport.open(hot, Clock.systemUTC());
        CassandraImport target = CassandraImport.open(settings, Clock.systemUTC())) {
      for (PendingHour hour : source.hours()) {
        List<MovedEvent> some =
            source.page(hour, EventId.first(hour.bucket().firstTick()), 7).events();
        target.put(some);
        assertThat(target.missing(hour, some)).isEmpty();
      }
    }
  }

  @Test
  void aMissingDirectoryOrOptionIsAnError() throws Exception {
    assertThat(migrate(data.resolve("nothing"), TestCassandra.settings())).isEqualTo(1);
    assertThat(WorkerMain.run("migrate", "--from", data.toString())).isIn(1, 2);
    assertThat(
            WorkerMain.run(
                "cassandra-schema",
                "--cassandra-contact-points",
                "x",
                "--cassandra-datacenter",
                "dc1",
                "--cassandra-keyspace",
                "k"))
        .isZero();
  }
}
