package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.archive.ArchiveObserver;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.Destination;
import io.flowcore.worker.archive.FaultInjection;
import io.flowcore.worker.archive.IngestAwareThrottle;
import io.flowcore.worker.archive.UncommittedSegments;
import io.flowcore.worker.archive.manifest.KeptGenerations;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * One random life of a hot store and an archive, with as many workers as the store has, beside a
 * model of what a query should answer.
 */
final class ModelRun implements AutoCloseable {
  /** An event as the model knows it. */
  private record Known(
      ResolvedEventType route, int number, long expiresAtSecond, boolean archive) {}

  private final Random random;
  private final Path folder;
  private final List<ResolvedEventType> types = new ArrayList<>();
  private final TreeMap<EventId, Known> model = new TreeMap<>();

  /** What a query answered first; later answers must be the same bytes. */
  private final Map<EventId, String> answers = new HashMap<>();

  private final TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-31T22:50:00Z"));
  private final Engine engine;
  private final List<Member> members = new ArrayList<>();
  private FaultInjection faults;
  private final MergeCount merges = new MergeCount();
  private int numbers;

  /** A kind of hot store. */
  interface Engine {
    /** Opens the store for each of its workers, anew or again. */
    List<HotStore> open(Path folder, Clock clock) throws Exception;

    /** Waits until each worker takes events, after time has passed. */
    void settle(HotStore store);

    /** The shortest TTL that events may have, in seconds. */
    int minTtl();
  }

  /** A worker. */
  private record Member(HotStore hot, ColdArchive cold, FrameCache frames) {}

  ModelRun(long seed, Path folder, Engine engine) throws Exception {
    random = new Random(seed);
    this.folder = folder;
    this.engine = engine;
    CatalogIndex index =
        new CatalogIndex(new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    for (String name : List.of("order.placed", "order.shipped")) {
      types.add(index.eventType(core.id(), "orders", name).orElseThrow());
    }
    open();
  }

  private void open() throws Exception {
    faults = new FaultInjection(new DirectoryArchiveStore(folder.resolve("archive")));
    members.clear();
    for (HotStore hot : engine.open(folder.resolve("hot"), clock)) {
      FrameCache frames = new FrameCache(random.nextInt(1, 100_000), ArchiveObserver.NONE);
      ColdArchive cold =
          new ColdArchive(
              faults.store(), frames.of(faults.store()), new KeptGenerations(hot, "archive"));
      members.add(new Member(hot, cold, frames));
    }
  }

  private Member member() {
    return members.get(random.nextInt(members.size()));
  }

  private void pass(Duration duration) {
    clock.advance(duration);
    members.forEach(member -> engine.settle(member.hot()));
  }

  /** Counts what archivers do. */
  private static final class MergeCount implements ArchiveObserver {
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong archived = new AtomicLong();

    @Override
    public void archived(long events, long bytes) {
      archived.addAndGet(events);
    }

    @Override
    public void merged(int segments, long bytes) {
      count.incrementAndGet();
    }

    @Override
    public void failed() {}

    @Override
    public void frameRead(long nanos) {}

    @Override
    public void backlog(long hours, long oldestSecond, long unknown) {}
  }

  /** Events that were archived so far; some twice. */
  long archived() {
    return merges.archived.get();
  }

  /** Merges so far. */
  long merges() {
    return merges.count.get();
  }

  /** Does so many random things, and looks after each. Gives the number of events. */
  int live(int steps) throws Exception {
    for (int step = 0; step < steps; step++) {
      switch (random.nextInt(11)) {
        case 0, 1, 2 -> append();
        case 3 -> pass(Duration.ofSeconds(random.nextInt(1, 20)));
        case 4 -> pass(Duration.ofSeconds(random.nextInt(600, 9_000)));
        case 5 -> archive();
        case 6 -> archiveByTwo();
        case 7 -> expire();
        case 8 -> archiveToALiar();
        case 9 -> readStale();
        default -> restart();
      }
      check();
    }
    archive();
    pass(Duration.ofSeconds(100_000));
    expire();
    check();
    checkSegments();
    return model.size();
  }

  private void append() throws Exception {
    ResolvedEventType route = types.get(random.nextInt(types.size()));
    List<NewEvent> batch = new ArrayList<>();
    List<Known> known = new ArrayList<>();
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
          new NewEvent(route.eventType().id(), eventTicks(), details, payload, 0, payload.length));
      known.add(new Known(route, number, expires, archive));
    }
    List<EventId> ids = member().hot().append(batch);
    for (int i = 0; i < ids.size(); i++) {
      assertThat(model.put(ids.get(i), known.get(i))).isNull();
    }
  }

  /** Mostly the present; also hours ago, and a little ahead. */
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
        id -> destination(id, member.cold()),
        new UncommittedSegments(folder.resolve("work")),
        new Archiver.Settings(
            Duration.ofSeconds(60),
            random.nextBoolean() ? random.nextInt(100, 1_000) : random.nextInt(5_000, 50_000),
            random.nextInt(2, 5)),
        IngestAwareThrottle.restless(),
        merges,
        clock);
  }

  private Destination destination(UUID id, ColdArchive cold) {
    return types.stream()
        .filter(route -> route.eventType().id().equals(id))
        .<Destination>map(route -> new Destination.Archived(ArchivedTypes.of(route), cold))
        .findFirst()
        .orElseThrow();
  }

  /** Once in two times broken off, at any operation of the store, before or after its effect. */
  private void archive() throws Exception {
    boolean broken = random.nextBoolean();
    if (broken) {
      faults.failAt(random.nextInt(8), random.nextBoolean());
    }
    try {
      archiver().run();
    } catch (ArchiveException e) {
      assertThat(broken).isTrue();
    } finally {
      faults.heal();
    }
  }

  /** The store says that manifests are replaced, and they are not. */
  private void archiveToALiar() throws Exception {
    faults.lose();
    try {
      archiver().run();
    } catch (ArchiveException e) {
      assertThat(e).hasMessageContaining("said that it wrote");
    } finally {
      faults.heal();
    }
  }

  /** Started anew in front of a store with old manifests, a query is right or refused. */
  private void readStale() throws Exception {
    restart();
    faults.beStale();
    try {
      check();
    } catch (StoreException e) {
      assertThat(e).hasMessageContaining("was committed");
    } finally {
      faults.heal();
    }
  }

  private void archiveByTwo() throws Exception {
    Archiver one = archiver(members.getFirst());
    Archiver two = archiver(members.getLast());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> runs = List.of(threads.submit(one::run), threads.submit(two::run));
      check();
      for (Future<Long> run : runs) {
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
    ReadOrder order = random.nextBoolean() ? ReadOrder.ASCENDING : ReadOrder.DESCENDING;
    // So that the present lies behind what any worker has handed out.
    clock.advance(Duration.ofMillis(1));
    Member reading = member();
    long readWatermark = reading.hot().readWatermark(EventTime.MAX_TICKS);
    List<EventId> expected = new ArrayList<>();
    TreeSet<TimeBucket> buckets = new TreeSet<>();
    model.forEach((id, known) -> {
      boolean alive = known.archive() || known.expiresAtSecond() > clock.instant().getEpochSecond();
      if (alive && id.ticks() <= readWatermark) {
        expected.add(id);
      }
      // The present hour is listed for events of its later minutes too.
      if (alive && id.bucket().compareTo(TimeBucket.ofTicks(readWatermark)) <= 0) {
        buckets.add(id.bucket());
      }
    });
    EventReader reader =
        new EventReader(
            reading.hot(),
            route -> Optional.of(reading.cold()),
            new MemoryBudget("queries", 64 << 20));
    assertThat(reader.buckets(types, TimeBucket.MIN, TimeBucket.MAX, order, 9_999).buckets())
        .isEqualTo(
            (order == ReadOrder.ASCENDING ? buckets : buckets.descendingSet()).stream().toList());
    List<EventId> seen = new ArrayList<>();
    for (TimeBucket bucket : order == ReadOrder.ASCENDING ? buckets : buckets.descendingSet()) {
      read(reader, bucket, order, seen);
    }
    assertThat(seen).isEqualTo(order == ReadOrder.ASCENDING ? expected : expected.reversed());
  }

  private void read(EventReader reader, TimeBucket bucket, ReadOrder order, List<EventId> seen)
      throws Exception {
    Optional<EventId> cursor = Optional.empty();
    do {
      EventQuery query =
          new EventQuery(
              types,
              bucket,
              cursor,
              random.nextInt(1, 50),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              order);
      cursor = reader.read(query, run -> SeenEvents.of(run).forEach(event -> see(event, seen)));
    } while (cursor.isPresent());
  }

  private void see(byte[] event, List<EventId> seen) {
    EventId id = SeenEvents.id(event);
    String text = new String(event, UTF_8);
    Known known = model.get(id);
    assertThat(text)
        .containsPattern("\"n\": ?" + known.number() + "[\r}]")
        .contains("\"eventType\":\"" + known.route().eventType().name() + "\"");
    assertThat(answers.computeIfAbsent(id, first -> text)).isEqualTo(text);
    seen.add(id);
  }

  /** Nothing that was not to be archived stands in any object. */
  private void checkSegments() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("archive"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".zst")).toList()) {
        try (InputStream in = new ZstdInputStream(Files.newInputStream(file)).setContinuous(true)) {
          for (String line : new String(in.readAllBytes(), UTF_8).split("\n")) {
            EventId id = EventId.parse(line.substring(12, 48)).orElseThrow();
            assertThat(model.get(id).archive()).as(line).isTrue();
          }
        }
      }
    }
  }

  @Override
  public void close() {
    for (Member member : members) {
      member.frames().close();
      member.hot().close();
    }
  }
}
