package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.EventArchive;
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
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StubStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Events that are archived while a query reads the archive and the hot store. */
class HotColdRaceTest {
  private static final TimeBucket BUCKET = TimeBucket.parse("20260131120000").orElseThrow();
  private static final Clock HOUR_GOES_ON = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  @TempDir private Path directory;
  private ResolvedEventType eventType;
  private ArchiveKeyLayout layout;
  private EventArchive archive;

  @BeforeEach
  void open() throws Exception {
    CatalogIndex index =
        new CatalogIndex(new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    eventType = index.eventType(core.id(), "orders", "order.placed").orElseThrow();
    layout = ArchiveKeyLayouts.forEventType(eventType);
    archive = new EventArchive(new DirectoryArchiveStore(directory.resolve("archive")));
  }

  private static EventId id(int n) {
    return EventId.of(BUCKET.firstTick() + n, n);
  }

  private StoredEvent event(int n) {
    EventDetails details =
        new EventDetails(0, 0, new ValidTime.SameAsEventTime(), true, "{}".getBytes(US_ASCII));
    return new StoredEvent(eventType.eventType().id(), id(n), details, "{}".getBytes(US_ASCII));
  }

  private void archive(List<Integer> numbers) throws IOException, ArchiveException {
    Path file = directory.resolve("segment" + numbers.getFirst());
    try (SegmentWriter writer = new SegmentWriter(file)) {
      for (int n : numbers) {
        writer.add(EventLine.of(id(n), EventJson.bytes(layout.names(), event(n))));
      }
      Segment segment = writer.finish(file.getFileName().toString());
      archive
          .store()
          .put(
              layout.segmentKey(BUCKET, segment.name()),
              file,
              HexFormat.of().parseHex(segment.sha256()));
      archive.commit(layout, BUCKET, List.of(), List.of(segment));
    }
  }

  /** Returns two events per page. Before the second page, the next two are archived and removed. */
  private final class ArchivingStore extends StubStore {
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
      List<StoredEvent> all =
          (request.range().isAscending() ? hot : hot.reversed())
              .stream()
                  .filter(n -> request.range().contains(id(n)))
                  .map(HotColdRaceTest.this::event)
                  .toList();
      return all.size() > 2 ? EventPage.more(all.subList(0, 2)) : EventPage.last(all);
    }
  }

  private List<EventId> read(StubStore store, ReadOrder order) throws Exception {
    return read(store, order, new FairBudget("queries", "memory", 64 << 20));
  }

  private List<EventId> read(StubStore store, ReadOrder order, FairBudget memory) throws Exception {
    List<EventId> seen = new ArrayList<>();
    EventReader reader = new EventReader(store, any -> Optional.of(archive), memory, HOUR_GOES_ON);
    EventQuery query =
        new EventQuery(
            List.of(eventType),
            BUCKET,
            Optional.empty(),
            100,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            order);
    Optional<EventId> cursor =
        reader.read(
            query,
            "shop/key",
            run -> SeenEvents.split(run).forEach(event -> seen.add(SeenEvents.id(event))));
    assertThat(cursor).isEmpty();
    return seen;
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void eventsThatAreArchivedBetweenTwoPagesAreNotMissed(ReadOrder order) throws Exception {
    List<EventId> all = List.of(id(0), id(1), id(2), id(3), id(4), id(5));

    assertThat(read(new ArchivingStore(), order))
        .isEqualTo(order == ReadOrder.ASCENDING ? all : all.reversed());
  }

  @Test
  void anEventInTwoSegmentsAndInTheHotStoreIsReturnedOnce() throws Exception {
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
  void anUnreadableArchiveIsAnErrorAndNotAnIncompleteResponse() throws Exception {
    archive(List.of(0, 1));
    try (var files = Files.walk(directory.resolve("archive"))) {
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

  /** A hot store without events that has a fixed read watermark. */
  private static final class EmptyStore extends StubStore {
    private final long readWatermark;

    EmptyStore(long readWatermark) {
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
  void anHourWithManySegmentsIsReadWithTheMemoryOfAFew(ReadOrder order) throws Exception {
    List<EventId> all = new ArrayList<>();
    for (int n = 0; n < 100; n += 2) {
      archive(List.of(n, n + 1));
      all.addAll(List.of(id(n), id(n + 1)));
    }
    int frame =
        archive
            .manifest(layout, BUCKET)
            .orElseThrow()
            .segments()
            .getFirst()
            .frames()
            .getFirst()
            .rawLength();
    FairBudget tight = new FairBudget("queries", "memory", 8L * frame);

    assertThat(read(new EmptyStore(EventTime.MAX_TICKS), order, tight))
        .isEqualTo(order == ReadOrder.ASCENDING ? all : all.reversed());
    assertThat(tight.used()).isZero();
  }

  @ParameterizedTest
  @EnumSource(ReadOrder.class)
  void anEventAtTheStartOfSeveralSegmentsIsReturnedOnce(ReadOrder order) throws Exception {
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

    assertThat(read(new EmptyStore(EventTime.MAX_TICKS), order))
        .isEqualTo(order == ReadOrder.ASCENDING ? all : all.reversed());
  }

  @Test
  void theCurrentHourIsReadWithoutTheArchive() throws Exception {
    archive =
        new EventArchive(
            new ReloadableArchiveStore(archive.store()) {
              @Override
              public Optional<Content> read(String key) throws ArchiveException {
                throw new ArchiveException(ArchiveException.Kind.UNAVAILABLE, "unreachable");
              }
            });

    assertThat(read(new EmptyStore(BUCKET.lastTick() - 1), ReadOrder.ASCENDING)).isEmpty();
    assertThatThrownBy(() -> read(new EmptyStore(BUCKET.lastTick()), ReadOrder.ASCENDING))
        .hasMessage("unreachable");
  }

  @Test
  void theArchivedCopyOfADamagedEventIsReturned() throws Exception {
    archive(List.of(0, 1, 2));
    StubStore hot =
        new StubStore() {
          @Override
          public EventPage read(ReadRequest request) {
            return id(1).compareTo(request.range().first()) >= 0
                ? EventPage.untilDamage(List.of(), id(1))
                : EventPage.last(List.of(event(2), event(3)));
          }
        };

    assertThat(read(hot, ReadOrder.ASCENDING)).containsExactly(id(0), id(1), id(2), id(3));
  }
}
