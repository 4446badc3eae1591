package io.flowcore.worker.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.archive.ArchiveDestination;
import io.flowcore.worker.archive.ArchiveObserver;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.FaultInjection;
import io.flowcore.worker.archive.IngestAwareThrottle;
import io.flowcore.worker.archive.SegmentMemory;
import io.flowcore.worker.archive.UncommittedSegments;
import io.flowcore.worker.archive.manifest.CommittedGenerations;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One random run of a hot store and an archive, with all workers of the store, compared with a
 * model of what a query should return.
 */
final class ModelRun implements AutoCloseable {
  private final Random random;
  private final Path directory;
  private final List<ResolvedEventType> types = new ArrayList<>();
  private final TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-31T22:50:00Z"));
  private final EventModel model;
  private final Engine engine;
  private final List<Member> members = new ArrayList<>();
  private FaultInjection faults;
  private final CountingObserver observer = new CountingObserver();
  private int numbers;

  /** Opens a hot store. */
  interface Engine {
    /** Opens the store once for each of its workers. */
    List<HotStore> open(Path directory, Clock clock) throws Exception;

    /** Waits until a worker accepts events, after time has passed. */
    void settle(HotStore store);

    /** Returns the shortest TTL of events, in seconds. */
    int minTtl();
  }

  /** A worker. */
  private record Member(HotStore hot, EventArchive archive, FrameCache frames) {}

  ModelRun(long seed, Path directory, Engine engine) throws Exception {
    random = new Random(seed);
    this.directory = directory;
    this.engine = engine;
    CatalogIndex index =
        new CatalogIndex(new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    for (String name : List.of("order.placed", "order.shipped")) {
      types.add(index.eventType(core.id(), "orders", name).orElseThrow());
    }
    model = new EventModel(types, clock, random);
    open();
  }

  private void open() throws Exception {
    faults = new FaultInjection(new DirectoryArchiveStore(directory.resolve("archive")));
    members.clear();
    for (HotStore hot : engine.open(directory.resolve("hot"), clock)) {
      FrameCache frames =
          new FrameCache(random.nextInt(1, 100_000), ArchiveObserver.NONE::frameRead);
      EventArchive archive =
          new EventArchive(
              faults.store(),
              frames.source(faults.store()),
              new CommittedGenerations(hot, "archive"));
      members.add(new Member(hot, archive, frames));
    }
  }

  private Member member() {
    return members.get(random.nextInt(members.size()));
  }

  private void pass(Duration duration) {
    clock.advance(duration);
    members.forEach(member -> engine.settle(member.hot()));
  }

  /** Returns the number of events archived so far; some are counted twice. */
  long archived() {
    return observer.archived();
  }

  /** Returns the number of compactions so far. */
  long compactions() {
    return observer.compactions();
  }

  /** Runs random steps, and checks the responses after each. Returns the number of events. */
  int steps(int count) throws Exception {
    for (int step = 0; step < count; step++) {
      switch (random.nextInt(11)) {
        case 0, 1, 2 -> append();
        case 3 -> pass(Duration.ofSeconds(random.nextInt(1, 20)));
        case 4 -> pass(Duration.ofSeconds(random.nextInt(600, 9_000)));
        case 5 -> archive();
        case 6 -> archiveConcurrently();
        case 7 -> expire();
        case 8 -> archiveToALosingStore();
        case 9 -> readStale();
        default -> restart();
      }
      check();
    }
    archive();
    pass(Duration.ofSeconds(100_000));
    expire();
    check();
    model.checkSegments(directory.resolve("archive"));
    return model.size();
  }

  private void append() throws Exception {
    ResolvedEventType type = types.get(random.nextInt(types.size()));
    List<NewEvent> batch = new ArrayList<>();
    List<EventModel.ModelEvent> appended = new ArrayList<>();
    for (int n = random.nextInt(1, 30); n > 0; n--) {
      boolean archive = random.nextInt(4) > 0;
      long expires = clock.instant().getEpochSecond() + random.nextInt(engine.minTtl(), 12_000);
      int number = numbers++;
      EventDetails details =
          new EventDetails(
              expires, 0, new ValidTime.SameAsEventTime(), archive, ArchiveModelIT.bytes("{}"));
      byte[] payload =
          ArchiveModelIT.bytes(
              (random.nextBoolean() ? "{\n \"n\": %d\r\n}" : "{\"n\":%d}").formatted(number));
      batch.add(
          new NewEvent(type.eventType().id(), eventTicks(), details, payload, 0, payload.length));
      appended.add(new EventModel.ModelEvent(type, number, expires, archive));
    }
    List<EventId> ids = member().hot().append(batch);
    for (int i = 0; i < ids.size(); i++) {
      model.add(ids.get(i), appended.get(i));
    }
  }

  /** Returns mostly the current time; also hours ago, and up to an hour ahead. */
  private long eventTicks() {
    return switch (random.nextInt(5)) {
      case 0 -> EventTime.toTicks(clock.instant()) - random.nextLong(20_000) * EventTime.PER_SECOND;
      case 1 -> EventTime.toTicks(clock.instant()) + random.nextLong(3_600) * EventTime.PER_SECOND;
      default -> NewEvent.WHEN_COMMITTED;
    };
  }

  private Archiver archiver() throws IOException {
    return archiver(member());
  }

  private Archiver archiver(Member member) throws IOException {
    return new Archiver(
        member.hot(),
        id -> destination(id, member.archive()),
        new UncommittedSegments(directory.resolve("work"), clock),
        new Archiver.Settings(
            Duration.ofSeconds(60),
            random.nextBoolean() ? random.nextInt(100, 1_000) : random.nextInt(5_000, 50_000),
            random.nextInt(2, 5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            random.nextInt(1, 10)),
        new Archiver.Environment(
            IngestAwareThrottle.unlimited(),
            SegmentMemory.of(16 << 20),
            observer,
            clock,
            DiskSpace.withoutReserve(directory)));
  }

  /** Archives, and compacts even if archiving fails, as in a worker. */
  private static Object run(Archiver archiver)
      throws ArchiveException, StoreException, IOException {
    try {
      return archiver.archive();
    } finally {
      archiver.maintain();
    }
  }

  private ArchiveDestination destination(UUID id, EventArchive archive) {
    return types.stream()
        .filter(type -> type.eventType().id().equals(id))
        .<ArchiveDestination>map(
            type -> new ArchiveDestination.Archived(ArchiveKeyLayouts.forEventType(type), archive))
        .findFirst()
        .orElseThrow();
  }

  /** Interrupted every second time, at any operation of the store, before or after its effect. */
  private void archive() throws Exception {
    boolean interrupted = random.nextBoolean();
    if (interrupted) {
      faults.failAt(random.nextInt(8), random.nextBoolean());
    }
    try {
      run(archiver());
    } catch (ArchiveException e) {
      assertThat(interrupted).isTrue();
    } finally {
      faults.recover();
    }
  }

  /** The store confirms writes of manifests and does not store them. */
  private void archiveToALosingStore() throws Exception {
    faults.loseReplacements();
    try {
      run(archiver());
    } catch (ArchiveException e) {
      assertThat(e).hasMessageContaining("did not store it");
    } finally {
      faults.recover();
    }
  }

  /** After a restart with outdated manifests, a query is complete or rejected. */
  private void readStale() throws Exception {
    restart();
    faults.returnStaleObjects();
    try {
      check();
    } catch (StoreException e) {
      assertThat(e).hasMessageContaining("was committed");
    } finally {
      faults.recover();
    }
  }

  private void archiveConcurrently() throws Exception {
    Archiver one = archiver(members.getFirst());
    Archiver two = archiver(members.getLast());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> runs =
          List.of(threads.submit(() -> run(one)), threads.submit(() -> run(two)));
      check();
      for (Future<?> run : runs) {
        run.get();
      }
    }
  }

  private void expire() throws Exception {
    HotStore hot = member().hot();
    while (hot.expire(7) == 7) {
      assertThat(hot.health()).isNotNull();
    }
  }

  private void restart() throws Exception {
    close();
    open();
  }

  private void check() throws Exception {
    // The current time must be after every instant that a worker has assigned.
    clock.advance(Duration.ofMillis(1));
    Member member = member();
    model.check(member.hot(), member.archive());
  }

  @Override
  public void close() {
    for (Member member : members) {
      member.frames().close();
      member.hot().close();
    }
  }
}
