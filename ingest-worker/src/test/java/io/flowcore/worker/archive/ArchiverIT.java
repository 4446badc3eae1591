package io.flowcore.worker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.io.IOException;
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

/** A failure to archive one hour is reported and does not stop other hours. */
class ArchiverIT {
  private static final UUID ONE = new UUID(0, 1);
  private static final UUID TWO = new UUID(0, 2);

  @TempDir private Path directory;
  private final TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-31T12:10:00Z"));
  private final Map<UUID, ArchiveDestination> destinations = new HashMap<>();
  private final RecordingObserver observer = new RecordingObserver();
  private RocksHotStore hotStore;
  private DirectoryArchiveStore store;
  private Archiver archiver;

  private static final class RecordingObserver implements ArchiveObserver {
    private long archived;
    private int failures;
    private long pendingHours;
    private long orphanedHours;
    private long oldestPendingSecond;

    @Override
    public void archived(long events, long bytes) {
      archived += events;
    }

    @Override
    public void compacted(int segments, long bytes) {}

    @Override
    public void failed() {
      failures++;
    }

    @Override
    public void frameRead(long nanos) {}

    @Override
    public void pendingArchive(long hours, long oldestSecond, long orphanedHours) {
      pendingHours = hours;
      this.orphanedHours = orphanedHours;
      oldestPendingSecond = oldestSecond;
    }

    @Override
    public void failing(long hours, int archives) {}
  }

  @BeforeEach
  void open() throws Exception {
    hotStore =
        RocksHotStore.open(
            directory.resolve("hot"), clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
    store = new DirectoryArchiveStore(directory.resolve("archive"));
    EventArchive archive = new EventArchive(store);
    destinations.put(ONE, new ArchiveDestination.Archived(type("one", ONE), archive));
    destinations.put(TWO, new ArchiveDestination.Archived(type("two", TWO), archive));
    archiver = archiver(destinations::get);
  }

  private Archiver archiver(ArchiveDestination.Resolver resolver) throws IOException {
    return new Archiver(
        hotStore,
        resolver,
        new UncommittedSegments(directory.resolve("work"), clock),
        Archiver.Settings.DEFAULT,
        new Archiver.Environment(
            IngestAwareThrottle.unlimited(),
            SegmentMemory.of(64 << 20),
            observer,
            clock,
            DiskSpace.withoutReserve(directory)));
  }

  private static long run(Archiver archiver) throws Exception {
    long events = archiver.archive();
    archiver.maintain();
    return events;
  }

  @AfterEach
  void close() {
    hotStore.close();
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
    return hotStore
        .append(List.of(new NewEvent(type, EventTime.toTicks(time), details, payload, 0, 2)))
        .getFirst();
  }

  private int readable(UUID type) throws Exception {
    return hotStore
        .read(
            new ReadRequest(
                type,
                new EventRange(
                    EventId.first(0), EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING),
                100,
                1 << 20))
        .events()
        .size();
  }

  @Test
  void anHourWithADamagedManifestDoesNotStopOtherHours() throws Exception {
    Instant early = clock.instant().minus(Duration.ofHours(5));
    append(ONE, early, 100_000);
    append(ONE, early.plus(Duration.ofHours(1)), 100_000);
    append(TWO, early, 100_000);
    TimeBucket hour = TimeBucket.ofTicks(EventTime.toTicks(early));
    Path damaged = directory.resolve("archive").resolve(type("one", ONE).manifestKey(hour));
    Files.createDirectories(damaged.getParent());
    Files.writeString(damaged, "not a manifest");

    assertThatThrownBy(() -> run(archiver)).extracting("kind").isEqualTo(Kind.CORRUPT);
    assertThat(observer.archived).isEqualTo(2);
    assertThat(observer.failures).isEqualTo(1);
    assertThat(observer.pendingHours).isEqualTo(1);
    assertThat(observer.oldestPendingSecond)
        .isEqualTo(EventTime.toInstant(hour.firstTick()).getEpochSecond());
  }

  @Test
  void anHourWithAMissingManifestDoesNotStopOtherHoursAndLeavesNoOrphans() throws Exception {
    Instant early = clock.instant().minus(Duration.ofHours(5));
    append(ONE, early, 100_000);
    run(archiver);
    TimeBucket hour = TimeBucket.ofTicks(EventTime.toTicks(early));
    store.delete(type("one", ONE).manifestKey(hour));
    append(ONE, early, 100_000);
    append(ONE, early.plus(Duration.ofHours(1)), 100_000);
    append(TWO, early, 100_000);

    for (int pass = 0; pass < 3; pass++) {
      assertThatThrownBy(() -> run(archiver)).extracting("kind").isEqualTo(Kind.OUTDATED);
      clock.advance(Duration.ofHours(2));
    }
    assertThat(observer.archived).isEqualTo(3);
    assertThat(store.list(type("one", ONE).hourPrefix(hour))).as("the first segment").hasSize(1);
  }

  @Test
  void aShortTimeWithoutAnArchiveLosesNoEvent() throws Exception {
    append(ONE, clock.instant().minus(Duration.ofHours(5)), 10);
    clock.advance(Duration.ofSeconds(60));
    ArchiveDestination archived = destinations.put(ONE, new ArchiveDestination.NoArchive());
    run(archiver);
    clock.advance(ArchiveRemovalGrace.PERIOD.minusSeconds(1));
    run(archiver);
    destinations.put(ONE, archived);

    assertThat(run(archiver)).isEqualTo(1);
  }

  @Test
  void anArchiveThatCannotBeOpenedIsCountedAndDoesNotStopOtherEventTypes() throws Exception {
    append(ONE, clock.instant().minus(Duration.ofHours(5)), 100_000);
    append(TWO, clock.instant().minus(Duration.ofHours(5)), 100_000);
    Archiver failing =
        archiver(id -> {
          if (id.equals(ONE)) {
            throw new ArchiveException(Kind.UNAVAILABLE, "not mounted");
          }
          return destinations.get(id);
        });

    assertThatThrownBy(() -> run(failing)).hasMessage("not mounted");
    assertThat(observer.archived).isEqualTo(1);
    assertThat(observer.pendingHours).isEqualTo(1);
    assertThat(observer.failures).isEqualTo(1);
  }

  @Test
  void eventsOfADataCoreWhoseArchiveWasRemovedExpireByTheirTtl() throws Exception {
    append(ONE, clock.instant(), 10);
    append(ONE, clock.instant(), 100_000);
    clock.advance(Duration.ofSeconds(60));
    assertThat(readable(ONE)).as("pending archive").isEqualTo(2);

    destinations.put(ONE, new ArchiveDestination.NoArchive());
    run(archiver);
    assertThat(readable(ONE)).as("kept for a grace period of one hour").isEqualTo(2);
    assertThat(observer.pendingHours).isEqualTo(1);
    clock.advance(ArchiveRemovalGrace.PERIOD);
    run(archiver);

    assertThat(readable(ONE)).isEqualTo(1);
    assertThat(observer.pendingHours).isZero();
    hotStore.pendingHours(hour -> Assertions.fail("%s is pending", hour));
    assertThat(store.list("")).isEmpty();
  }

  @Test
  void eventsOfAnUnknownTypeAreKeptAndCountedAsOrphaned() throws Exception {
    append(ONE, clock.instant().minus(Duration.ofHours(5)), 10);
    clock.advance(Duration.ofSeconds(60));
    destinations.put(ONE, new ArchiveDestination.Unknown());
    run(archiver);

    assertThat(readable(ONE)).isEqualTo(1);
    assertThat(observer.orphanedHours).isEqualTo(1);
    assertThat(observer.pendingHours).as("no hour that can be archived").isZero();
    assertThat(observer.failures).isZero();
  }

  @Test
  void anEventThatExpiresWhileItIsArchivedIsRemoved() throws Exception {
    append(ONE, clock.instant(), 10);
    long second = clock.instant().getEpochSecond();
    PendingHour hour = new PendingHour(ONE, TimeBucket.ofTicks(EventTime.toTicks(clock.instant())));
    clock.advance(Duration.ofSeconds(10));
    assertThat(hotStore.expire(10)).isEqualTo(1);
    clock.set(Instant.ofEpochSecond(second));
    try (PendingEvents pending = hotStore.claim(hour).orElseThrow()) {
      assertThat(pending.next(10, 1 << 20).events()).hasSize(1);
      pending.markArchived();
    }
    clock.advance(Duration.ofSeconds(100));

    assertThat(readable(ONE)).isZero();
    assertThat(hotStore.expire(10)).as("examined again, because the clock was set back").isOne();
    clock.set(Instant.ofEpochSecond(second));
    assertThat(readable(ONE)).as("removed from the disk").isZero();
  }
}
