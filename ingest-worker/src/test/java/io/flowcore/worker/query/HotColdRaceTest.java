package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ReloadableArchiveStore;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StubStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Events that go from hot to cold while a query is between the two. */
class HotColdRaceTest {
  private static final TimeBucket BUCKET = TimeBucket.parse("20260131120000").orElseThrow();

  @TempDir private Path folder;
  private ResolvedEventType route;
  private ArchiveKeyLayout type;
  private ColdArchive cold;

  @BeforeEach
  void open() throws Exception {
    CatalogIndex index =
        new CatalogIndex(new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    route = index.eventType(core.id(), "orders", "order.placed").orElseThrow();
    type = ArchivedTypes.of(route);
    cold = new ColdArchive(new DirectoryArchiveStore(folder.resolve("archive")));
  }

  private static EventId id(int n) {
    return EventId.of(BUCKET.firstTick() + n, n);
  }

  private StoredEvent event(int n) {
    EventDetails details =
        new EventDetails(0, 0, new ValidTime.SameAsEventTime(), true, "{}".getBytes(US_ASCII));
    return new StoredEvent(route.eventType().id(), id(n), details, "{}".getBytes(US_ASCII));
  }

  private void archive(List<Integer> numbers) throws IOException, ArchiveException {
    Path file = folder.resolve("segment" + numbers.getFirst());
    try (SegmentWriter writer = new SegmentWriter(file)) {
      for (int n : numbers) {
        writer.add(EventLine.of(id(n), EventJson.bytes(type.names(), event(n))));
      }
      Segment segment = writer.finish(file.getFileName().toString());
      cold.store()
          .put(type.segment(BUCKET, segment), file, HexFormat.of().parseHex(segment.sha256()));
      cold.commit(type, BUCKET, List.of(), List.of(segment));
    }
  }

  /** Answers two events a page. Before its second answer the next two are archived and gone. */
  private final class Moving extends StubStore {
    private int reads;
    private final List<Integer> hot = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));

    @Override
    public EventPage read(ReadRequest request) {
      if (++reads == 2) {
        try {
          archive(List.of(2, 3));
        } catch (IOException | ArchiveException e) {
          throw new AssertionError(e);
        }
        hot.removeAll(List.of(2, 3));
      }
      boolean ascending = request.order() == ReadOrder.ASCENDING;
      List<StoredEvent> all =
          (ascending ? hot : hot.reversed())
              .stream()
                  .filter(n ->
                      id(n).compareTo(request.first()) >= 0 && id(n).compareTo(request.last()) <= 0)
                  .map(HotColdRaceTest.this::event)
                  .toList();
      return all.size() > 2 ? EventPage.more(all.subList(0, 2)) : EventPage.last(all);
    }
  }

  private List<EventId> read(StubStore store, ReadOrder order) throws Exception {
    return read(store, order, new MemoryBudget("queries", 64 << 20));
  }

  private List<EventId> read(StubStore store, ReadOrder order, MemoryBudget memory)
      throws Exception {
    List<EventId> seen = new ArrayList<>();
    EventReader reader = new EventReader(store, any -> Optional.of(cold), memory);
    EventQuery query =
        new EventQuery(
            List.of(route),
            BUCKET,
            Optional.empty(),
            100,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            order);
    Optional<EventId> cursor =
        reader.read(
            query, run -> SeenEvents.of(run).forEach(event -> seen.add(SeenEvents.id(event))));
    assertThat(cursor).isEmpty();
    return seen;
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void eventsThatMoveBetweenTwoPagesAreNotMissed(ReadOrder order) throws Exception {
    List<EventId> all = List.of(id(0), id(1), id(2), id(3), id(4), id(5));

    assertThat(read(new Moving(), order))
        .isEqualTo(order == ReadOrder.ASCENDING ? all : all.reversed());
  }

  @Test
  void anEventThatStandsInTwoSegmentsAndInTheHotStoreIsAnsweredOnce() throws Exception {
    archive(List.of(0, 1, 2));
    archive(List.of(1, 2, 3));
    StubStore hot =
        new StubStore() {
          @Override
          public EventPage read(ReadRequest request) {
            return EventPage.last(List.of(event(2), event(3), event(4)));
          }
        };

    assertThat(read(hot, ReadOrder.ASCENDING)).containsExactly(id(0), id(1), id(2), id(3), id(4));
  }

  @Test
  void anArchiveThatCannotBeReadIsAnErrorAndNoShorterAnswer() throws Exception {
    archive(List.of(0, 1));
    try (var files = Files.walk(folder.resolve("archive"))) {
      for (Path file : files.filter(path -> path.toString().endsWith("segment0")).toList()) {
        Files.delete(file);
      }
    }
    StubStore hot =
        new StubStore() {
          @Override
          public EventPage read(ReadRequest request) {
            return EventPage.last(List.of(event(4)));
          }
        };

    assertThatThrownBy(() -> read(hot, ReadOrder.ASCENDING))
        .hasMessageContaining("the archive has no object");
  }

  /** A hot store whose present is at some event, with nothing in it. */
  private static final class Empty extends StubStore {
    private final long readWatermark;

    Empty(long readWatermark) {
      this.readWatermark = readWatermark;
    }

    @Override
    public long readWatermark(long wanted) {
      return readWatermark;
    }

    @Override
    public EventPage read(ReadRequest request) {
      return EventPage.last(List.of());
    }
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void anHourOfManySegmentsIsReadWithTheMemoryOfAFew(ReadOrder order) throws Exception {
    List<EventId> all = new ArrayList<>();
    for (int n = 0; n < 100; n += 2) {
      archive(List.of(n, n + 1));
      all.addAll(List.of(id(n), id(n + 1)));
    }
    int frame =
        cold.manifest(type, BUCKET)
            .orElseThrow()
            .segments()
            .getFirst()
            .frames()
            .getFirst()
            .rawLength();
    MemoryBudget tight = new MemoryBudget("queries", 3L * frame);

    assertThat(read(new Empty(EventTime.MAX_TICKS), order, tight))
        .isEqualTo(order == ReadOrder.ASCENDING ? all : all.reversed());
    assertThat(tight.used()).isZero();
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void segmentsThatBeginAtOneEventGiveItOnce(ReadOrder order) throws Exception {
    archive(List.of(5, 6, 7));
    for (int n = 0; n < 5; n++) {
      List<Integer> same = List.of(10 + n, 20, 30 + n);
      archive(same);
    }
    archive(List.of(20, 21));
    archive(List.of(19, 20));
    List<EventId> all = new ArrayList<>();
    for (int n : List.of(5, 6, 7, 10, 11, 12, 13, 14, 19, 20, 21, 30, 31, 32, 33, 34)) {
      all.add(id(n));
    }

    assertThat(read(new Empty(EventTime.MAX_TICKS), order))
        .isEqualTo(order == ReadOrder.ASCENDING ? all : all.reversed());
  }

  @Test
  void thePresentHourNeedsNoArchive() throws Exception {
    cold =
        new ColdArchive(
            new ReloadableArchiveStore(cold.store()) {
              @Override
              public Optional<Content> read(String key) throws ArchiveException {
                throw new ArchiveException(ArchiveException.Kind.UNAVAILABLE, "away");
              }
            });

    assertThat(read(new Empty(BUCKET.lastTick() - 1), ReadOrder.ASCENDING)).isEmpty();
    assertThatThrownBy(() -> read(new Empty(BUCKET.lastTick()), ReadOrder.ASCENDING))
        .hasMessage("away");
  }

  @Test
  void theArchivedCopyOfADamagedEventIsAnswered() throws Exception {
    archive(List.of(0, 1, 2));
    StubStore hot =
        new StubStore() {
          @Override
          public EventPage read(ReadRequest request) {
            return id(1).compareTo(request.first()) >= 0
                ? EventPage.untilDamage(List.of(), id(1))
                : EventPage.last(List.of(event(2), event(3)));
          }
        };

    assertThat(read(hot, ReadOrder.ASCENDING)).containsExactly(id(0), id(1), id(2), id(3));
  }
}
