package io.flowcore.worker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An archiver with a real hot store, whose event types are archived to one store. */
final class ArchiverFixture implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-01-31T12:10:00Z");
  static final Duration RETRY_AFTER = Duration.ofMinutes(1);

  final TestClock clock = TestClock.stoppedAt(NOW);
  final Observer observer = new Observer();
  final RocksHotStore hotStore;
  final EventArchive archive;
  private final Path directory;

  /** Counts what an archiver does. */
  static final class Observer implements ArchiveObserver {
    final AtomicLong archived = new AtomicLong();
    final AtomicLong writtenBytes = new AtomicLong();
    final AtomicLong rewrittenBytes = new AtomicLong();
    final AtomicInteger failures = new AtomicInteger();
    volatile long pendingHours;
    volatile long oldestSecond;
    volatile long failingHours;
    volatile int stoppedArchives;

    @Override
    public void archived(long events, long bytes) {
      archived.addAndGet(events);
      writtenBytes.addAndGet(bytes);
    }

    @Override
    public void compacted(int segments, long bytes) {
      rewrittenBytes.addAndGet(bytes);
    }

    @Override
    public void failed() {
      failures.incrementAndGet();
    }

    @Override
    public void frameRead(long nanos) {}

    @Override
    public void pendingArchive(long hours, long oldest, long orphaned) {
      pendingHours = hours;
      oldestSecond = oldest;
    }

    @Override
    public void failing(long hours, int archives) {
      failingHours = hours;
      stoppedArchives = archives;
    }
  }

  ArchiverFixture(Path directory, ArchiveStore store) throws StoreException {
    this.directory = directory;
    archive = new EventArchive(store);
    hotStore =
        RocksHotStore.open(
            directory.resolve("hot"), clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  Archiver archiver(Archiver.Settings settings) throws IOException {
    return new Archiver(
        hotStore,
        id -> new ArchiveDestination.Archived(type(id), archive),
        new UncommittedSegments(directory.resolve("work"), clock),
        settings,
        new Archiver.Environment(
            IngestAwareThrottle.unlimited(),
            SegmentMemory.of(64 << 20),
            observer,
            clock,
            DiskSpace.withoutReserve(directory)));
  }

  Archiver archiver() throws IOException {
    return archiver(Archiver.Settings.DEFAULT.withRetryAfter(RETRY_AFTER));
  }

  /** The names of event types sort as their ids. */
  static ArchiveKeyLayout type(UUID id) {
    String name = "t%05d".formatted(id.getLeastSignificantBits());
    return new ArchiveKeyLayout("acme", new UUID(1, 2), "shop", "orders", name, id);
  }

  static UUID id(int type) {
    return new UUID(0, type);
  }

  /** Returns an hour before the current one. */
  static TimeBucket hoursAgo(int hours) {
    return TimeBucket.ofTicks(EventTime.toTicks(NOW.minus(Duration.ofHours(hours))));
  }

  /** Appends one event of each of some hours of a type. */
  void append(int type, List<TimeBucket> hours) throws StoreException {
    List<NewEvent> events = new ArrayList<>();
    for (TimeBucket hour : hours) {
      events.add(event(type, hour.firstTick(), "{}"));
    }
    hotStore.append(events);
  }

  /** Appends events with the same payload at some times, and returns their ids. */
  List<EventId> append(int type, List<Long> ticks, String payload) throws StoreException {
    return hotStore.append(ticks.stream().map(tick -> event(type, tick, payload)).toList());
  }

  private NewEvent event(int type, long ticks, String payload) {
    EventDetails details =
        new EventDetails(
            clock.instant().getEpochSecond() + 1_000_000,
            0,
            new EventDetails.ValidTime.SameAsEventTime(),
            true,
            "{}".getBytes(UTF_8));
    byte[] bytes = payload.getBytes(UTF_8);
    return new NewEvent(id(type), ticks, details, bytes, 0, bytes.length);
  }

  /** Returns the number of hours that the hot store lists as pending. */
  int pendingHours() throws StoreException {
    List<PendingHour> hours = new ArrayList<>();
    hotStore.pendingHours(hours::add);
    return hours.size();
  }

  @Override
  public void close() {
    hotStore.close();
  }
}
