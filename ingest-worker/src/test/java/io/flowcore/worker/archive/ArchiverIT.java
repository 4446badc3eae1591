package io.flowcore.worker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One thing that can't be archived holds up nothing else, and is told. */
class ArchiverIT {
  private static final UUID ONE = new UUID(0, 1);
  private static final UUID TWO = new UUID(0, 2);

  @TempDir private Path folder;
  private final TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-31T12:10:00Z"));
  private final Map<UUID, Destination> destinations = new HashMap<>();
  private final Told told = new Told();
  private RocksHotStore hot;
  private DirectoryArchiveStore store;
  private Archiver archiver;

  private static final class Told implements ArchiveObserver {
    private long archived;
    private int failures;
    private long waiting;
    private long unknown;
    private long oldest;

    @Override
    public void archived(long events, long bytes) {
      archived += events;
    }

    @Override
    public void merged(int segments, long bytes) {}

    @Override
    public void failed() {
      failures++;
    }

    @Override
    public void frameRead(long nanos) {}

    @Override
    public void backlog(long hours, long oldestSecond, long unknown) {
      waiting = hours;
      this.unknown = unknown;
      oldest = oldestSecond;
    }
  }

  @BeforeEach
  void open() throws Exception {
    hot =
        RocksHotStore.open(
            folder.resolve("hot"), clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
    store = new DirectoryArchiveStore(folder.resolve("archive"));
    ColdArchive cold = new ColdArchive(store);
    destinations.put(ONE, new Destination.Archived(type("one", ONE), cold));
    destinations.put(TWO, new Destination.Archived(type("two", TWO), cold));
    archiver =
        new Archiver(
            hot,
            destinations::get,
            new UncommittedSegments(folder.resolve("work")),
            Archiver.Settings.DEFAULT,
            IngestAwareThrottle.restless(),
            told,
            clock);
  }

  @AfterEach
  void close() {
    hot.close();
  }

  private static ArchiveKeyLayout type(String name, UUID id) {
    return new ArchiveKeyLayout("acme", new UUID(1, 2), "shop", "orders", name, id);
  }

  private EventId append(UUID type, Instant time, long ttlSeconds) throws Exception {
    EventDetails details =
        new EventDetails(
            clock.instant().getEpochSecond() + ttlSeconds,
            0,
            new EventDetails.ValidTime.SameAsEventTime(),
            true,
            "{}".getBytes(UTF_8));
    byte[] payload = "{}".getBytes(UTF_8);
    return hot.append(List.of(new NewEvent(type, EventTime.toTicks(time), details, payload, 0, 2)))
        .getFirst();
  }

  private int readable(UUID type) throws Exception {
    return hot.read(
            new ReadRequest(
                type,
                EventId.first(0),
                EventId.last(EventTime.MAX_TICKS),
                ReadOrder.ASCENDING,
                100,
                1 << 20))
        .events()
        .size();
  }

  @Test
  void anHourWhoseManifestIsDamagedHoldsUpNoOther() throws Exception {
    Instant early = clock.instant().minus(Duration.ofHours(5));
    append(ONE, early, 100_000);
    append(ONE, early.plus(Duration.ofHours(1)), 100_000);
    append(TWO, early, 100_000);
    TimeBucket hour = TimeBucket.ofTicks(EventTime.toTicks(early));
    Path damaged = folder.resolve("archive").resolve(type("one", ONE).manifest(hour));
    Files.createDirectories(damaged.getParent());
    Files.writeString(damaged, "no manifest");

    assertThatThrownBy(archiver::run).extracting("kind").isEqualTo(Kind.CORRUPT);
    assertThat(told.archived).isEqualTo(2);
    assertThat(told.failures).isEqualTo(1);
    assertThat(told.waiting).isEqualTo(1);
    assertThat(told.oldest).isEqualTo(EventTime.toInstant(hour.firstTick()).getEpochSecond());
  }

  @Test
  void anHourWhoseManifestIsGoneHoldsUpNoOtherAndLeavesNoSegments() throws Exception {
    Instant early = clock.instant().minus(Duration.ofHours(5));
    append(ONE, early, 100_000);
    archiver.run();
    TimeBucket hour = TimeBucket.ofTicks(EventTime.toTicks(early));
    store.delete(type("one", ONE).manifest(hour));
    append(ONE, early, 100_000);
    append(ONE, early.plus(Duration.ofHours(1)), 100_000);
    append(TWO, early, 100_000);

    for (int pass = 0; pass < 3; pass++) {
      assertThatThrownBy(archiver::run).extracting("kind").isEqualTo(Kind.OUTDATED);
    }
    assertThat(told.archived).isEqualTo(3);
    assertThat(store.list(type("one", ONE).folder(hour))).as("the first segment").hasSize(1);
  }

  @Test
  void aMomentWithoutAnArchiveLosesNothing() throws Exception {
    append(ONE, clock.instant().minus(Duration.ofHours(5)), 10);
    clock.advance(Duration.ofSeconds(60));
    Destination archived = destinations.put(ONE, new Destination.Nowhere());
    archiver.run();
    clock.advance(ArchiveRemovalGrace.TIME.minusSeconds(1));
    archiver.run();
    destinations.put(ONE, archived);

    assertThat(archiver.run()).isEqualTo(1);
  }

  @Test
  void anEventTypeWhoseArchiveCannotBeOpenedIsCountedAndHoldsUpNoOther() throws Exception {
    append(ONE, clock.instant().minus(Duration.ofHours(5)), 100_000);
    append(TWO, clock.instant().minus(Duration.ofHours(5)), 100_000);
    Archiver half =
        new Archiver(
            hot,
            id -> {
              if (id.equals(ONE)) {
                throw new ArchiveException(Kind.UNAVAILABLE, "not mounted");
              }
              return destinations.get(id);
            },
            new UncommittedSegments(folder.resolve("work")),
            Archiver.Settings.DEFAULT,
            IngestAwareThrottle.restless(),
            told,
            clock);

    assertThatThrownBy(half::run).hasMessage("not mounted");
    assertThat(told.archived).isEqualTo(1);
    assertThat(told.waiting).isEqualTo(1);
    assertThat(told.failures).isEqualTo(1);
  }

  @Test
  void eventsOfADataCoreThatKeepsNoArchiveAnyMoreGoWithTheirTtl() throws Exception {
    append(ONE, clock.instant(), 10);
    append(ONE, clock.instant(), 100_000);
    clock.advance(Duration.ofSeconds(60));
    assertThat(readable(ONE)).as("they wait to be archived").isEqualTo(2);

    destinations.put(ONE, new Destination.Nowhere());
    archiver.run();
    assertThat(readable(ONE)).as("for an hour somebody may think again").isEqualTo(2);
    assertThat(told.waiting).isEqualTo(1);
    clock.advance(ArchiveRemovalGrace.TIME);
    archiver.run();

    assertThat(readable(ONE)).isEqualTo(1);
    assertThat(told.waiting).isZero();
    hot.pendingHours(hour -> Assertions.fail("%s waits", hour));
    assertThat(store.list("")).isEmpty();
  }

  @Test
  void eventsOfAnUnknownTypeStayAndAreCounted() throws Exception {
    append(ONE, clock.instant().minus(Duration.ofHours(5)), 10);
    clock.advance(Duration.ofSeconds(60));
    destinations.put(ONE, new Destination.Unknown());
    archiver.run();

    assertThat(readable(ONE)).isEqualTo(1);
    assertThat(told.unknown).isEqualTo(1);
    assertThat(told.waiting).as("nothing that an archive could take").isZero();
    assertThat(told.failures).isZero();
  }

  @Test
  void anEventThatExpiresWhileItIsArchivedIsNotForgotten() throws Exception {
    append(ONE, clock.instant(), 10);
    long second = clock.instant().getEpochSecond();
    PendingHour hour = new PendingHour(ONE, TimeBucket.ofTicks(EventTime.toTicks(clock.instant())));
    clock.advance(Duration.ofSeconds(10));
    assertThat(hot.expire(10)).isEqualTo(1);
    clock.set(Instant.ofEpochSecond(second));
    try (PendingEvents waiting = hot.claim(hour).orElseThrow()) {
      assertThat(waiting.next(10, 1 << 20).events()).hasSize(1);
      waiting.markArchived();
    }
    clock.advance(Duration.ofSeconds(100));

    assertThat(readable(ONE)).isZero();
    assertThat(hot.expire(10)).isZero();
    clock.set(Instant.ofEpochSecond(second));
    assertThat(readable(ONE)).as("it is gone from the disk").isZero();
  }
}
