package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.directory.DirectoryArchiveStore;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StubStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries whose sources together are larger than the memory of all queries of a default pod. */
class LargeQueryTest {
  private static final Clock HOUR_GOES_ON = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final TimeBucket HOUR = TimeBucket.parse("20260131120000").orElseThrow();
  private static final String KEY = "shop/reader";

  /** A heap of 40 % of 1 GiB. */
  private static final long MEMORY = RequestMemory.Limits.ofHeap(410L << 20).queries();

  private static final byte[] PAYLOAD = ("\"" + "x".repeat(1_000) + "\"").getBytes(US_ASCII);

  @TempDir private Path directory;
  private final FairBudget budget = new FairBudget("queries", "memory", MEMORY);
  private final List<ResolvedEventType> types = new ArrayList<>();
  private final List<EventId> all = new ArrayList<>();
  private EventArchive archive;

  /** A hot store that has some of the archived events, too. */
  private final class OverlappingStore extends StubStore {
    @Override
    public EventPage read(ReadRequest request) {
      int type = typeOf(request);
      List<StoredEvent> events =
          Stream.of(id(type), id(type + types.size()))
              .filter(request.range()::contains)
              .map(id -> event(types.get(type), id))
              .sorted(
                  (a, b) -> request.range().order().<EventId>comparator().compare(a.id(), b.id()))
              .toList();
      return EventPage.last(events);
    }

    private int typeOf(ReadRequest request) {
      for (int i = 0; i < types.size(); i++) {
        if (types.get(i).eventType().id().equals(request.eventType())) {
          return i;
        }
      }
      throw new AssertionError("the event type is not queried");
    }
  }

  private static EventId id(int n) {
    return EventId.of(HOUR.firstTick() + n, n);
  }

  private static StoredEvent event(ResolvedEventType type, EventId id) {
    EventDetails details =
        new EventDetails(0, 0, new ValidTime.SameAsEventTime(), true, "{}".getBytes(US_ASCII));
    return new StoredEvent(type.eventType().id(), id, details, PAYLOAD);
  }

  /** Archives hours in which every segment has an event of every moment. */
  private void archive(int eventTypes, int segmentsPerType, int eventsPerSegment) throws Exception {
    loadTypes(eventTypes);
    archive = new EventArchive(new DirectoryArchiveStore(directory.resolve("archive")));
    int segments = eventTypes * segmentsPerType;
    for (int s = 0; s < segments; s++) {
      ResolvedEventType type = types.get(s % eventTypes);
      ArchiveKeyLayout layout = ArchiveKeyLayouts.forEventType(type);
      Path file = directory.resolve("segment" + s);
      try (SegmentWriter writer = new SegmentWriter(file)) {
        for (int n = s; n < segments * eventsPerSegment; n += segments) {
          writer.add(EventLine.of(id(n), EventJson.bytes(layout.names(), event(type, id(n)))));
        }
        Segment segment = writer.finish(file.getFileName().toString());
        archive
            .store()
            .put(
                layout.segmentKey(HOUR, segment.name()),
                file,
                HexFormat.of().parseHex(segment.sha256()));
        archive.commit(layout, HOUR, List.of(), List.of(segment));
      }
      Files.delete(file);
    }
    for (int n = 0; n < segments * eventsPerSegment; n++) {
      all.add(id(n));
    }
  }

  private void loadTypes(int count) throws Exception {
    Path resources = Files.createDirectories(directory.resolve("resources"));
    Files.copy(Path.of("../examples/quickstart/shop.yaml"), resources.resolve("shop.yaml"));
    StringBuilder manifests = new StringBuilder();
    for (int i = 0; i < count; i++) {
      manifests.append(
          """
          ---
          apiVersion: flowcore.io/v1alpha1
          kind: EventType
          metadata: {name: type-%d}
          spec: {flowTypeRef: {name: orders}, name: type.%d}
          """
              .formatted(i, i));
    }
    Files.writeString(resources.resolve("types.yaml"), manifests);
    CatalogIndex index = new CatalogIndex(new ManifestDirectory(resources).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    for (int i = 0; i < count; i++) {
      types.add(index.eventType(core.id(), "orders", "type." + i).orElseThrow());
    }
  }

  /** Reads one page after the other to the end, with at most the memory of all queries. */
  private List<EventId> readAll(ReadOrder order, List<EventId> seen) throws Exception {
    Optional<EventId> cursor = Optional.empty();
    do {
      cursor = readPage(order, cursor, seen);
      assertThat(budget.used()).isZero();
    } while (cursor.isPresent());
    return seen;
  }

  private Optional<EventId> readPage(ReadOrder order, Optional<EventId> cursor, List<EventId> seen)
      throws Exception {
    EventQuery query =
        new EventQuery(
            types,
            HOUR,
            cursor,
            EventQuery.MAX_PAGE_SIZE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            order);
    EventReader reader =
        new EventReader(new OverlappingStore(), any -> Optional.of(archive), budget, HOUR_GOES_ON);
    return reader.read(
        query,
        KEY,
        run -> {
          assertThat(budget.used()).isLessThanOrEqualTo(MEMORY);
          SeenEvents.split(run).forEach(event -> seen.add(SeenEvents.id(event)));
        });
  }

  @ParameterizedTest(name = "{0} event types with {1} segments each")
  @CsvSource({"1, 50, 1000", "50, 1, 1000", "20, 10, 250"})
  void overlappingSegmentsThatExceedTheMemoryAreReadInPages(
      int eventTypes, int segmentsPerType, int eventsPerSegment) throws Exception {
    archive(eventTypes, segmentsPerType, eventsPerSegment);

    assertThat(readAll(ReadOrder.ASCENDING, new ArrayList<>())).isEqualTo(all);
    assertThat(readAll(ReadOrder.DESCENDING, new ArrayList<>())).isEqualTo(all.reversed());
  }

  @Test
  void aLargeQueryIsRejectedWhileOthersUseTheMemoryAndSucceedsAfterwards() throws Exception {
    archive(1, 50, 1_000);
    FairBudget.Lease others = budget.lease("shop/others");
    others.changeTo(MEMORY - 1_000);
    assertThatThrownBy(() -> readAll(ReadOrder.ASCENDING, new ArrayList<>()))
        .isInstanceOf(ApiException.class)
        .extracting("code")
        .isEqualTo(ErrorCode.OVERLOADED);
    assertThat(budget.used()).isEqualTo(MEMORY - 1_000);
    others.close();

    assertThat(readAll(ReadOrder.ASCENDING, new ArrayList<>())).isEqualTo(all);
  }

  @Test
  void aDamagedFrameEndsThePageBeforeItAndIsNamedByTheNextPage() throws Exception {
    archive(1, 50, 1_000);
    Segment damaged =
        archive
            .manifest(ArchiveKeyLayouts.forEventType(types.getFirst()), HOUR)
            .orElseThrow()
            .segments()
            .get(30);
    Segment.Frame frame = damaged.frames().get(1);
    overwrite(damaged.name(), frame.offset());
    List<EventId> seen = new ArrayList<>();

    assertThatThrownBy(() -> readAll(ReadOrder.ASCENDING, seen))
        .hasMessageContaining("events " + frame.first() + " to " + frame.last())
        .hasMessageContaining("is damaged");
    EventId first = EventId.parse(frame.first()).orElseThrow();
    assertThat(seen).isEqualTo(all.subList(0, all.indexOf(first)));
    assertThat(budget.used()).isZero();
    List<EventId> backwards = new ArrayList<>();
    assertThatThrownBy(() -> readAll(ReadOrder.DESCENDING, backwards))
        .hasMessageContaining("is damaged");
    EventId last = EventId.parse(frame.last()).orElseThrow();
    assertThat(backwards).isEqualTo(all.subList(all.indexOf(last) + 1, all.size()).reversed());
  }

  private void overwrite(String segment, long offset) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("archive"))) {
      Path file = files.filter(path -> path.endsWith(segment)).findFirst().orElseThrow();
      try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
        out.seek(offset);
        out.write(new byte[16]);
      }
    }
  }
}
