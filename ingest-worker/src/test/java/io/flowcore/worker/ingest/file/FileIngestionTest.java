package io.flowcore.worker.ingest.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.catalog.CatalogIndex;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.ingest.EventHeaders;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StubStore;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storing a file while the store is overloaded or unavailable. */
class FileIngestionTest {
  private static final String FORM =
      "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nt\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
          + "x".repeat(3 * FileIngestion.PART_BYTES)
          + "\r\n--b--\r\n";

  @TempDir private Path directory;
  private ResolvedEventType resolved;

  @BeforeEach
  void loadQuickstart() throws Exception {
    CatalogIndex index =
        new CatalogIndex(new ManifestDirectory(Path.of("../examples/quickstart")).load().catalog());
    var core = index.dataCore("acme", "shop").orElseThrow();
    resolved = index.eventType(core.id(), "orders", "order.placed").orElseThrow();
  }

  /** If overloaded, fails every second append; otherwise fails every append from the third on. */
  private static final class FailingStore extends StubStore {
    private final Kind kind;
    private int calls;

    FailingStore(Kind kind) {
      this.kind = kind;
    }

    @Override
    public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey)
        throws StoreException {
      calls++;
      if (kind == Kind.OVERLOADED ? calls % 2 == 1 : calls > 2) {
        throw new StoreException(kind, "no");
      }
      return List.of(EventId.of(calls, calls));
    }
  }

  private FileIngestion.StoredFile store(FailingStore store) throws Exception {
    Clock clock = Clock.systemUTC();
    FileIngestion files =
        new FileIngestion(
            store,
            new UploadSpool(
                directory, 1L << 30, new DiskBudget(DiskSpace.withoutReserve(directory))),
            new FairBudget("uploads", "memory", 1 << 20),
            new RequestDeduplicator(store, clock),
            clock);
    return files.store(
        resolved,
        EventHeaders.NONE,
        "shop/key",
        "multipart/form-data; boundary=b",
        new ByteArrayInputStream(FORM.getBytes(UTF_8)));
  }

  @Test
  void waitsForAnOverloadedStoreSoThatNoFileIsStoredInPart() throws Exception {
    assertThat(store(new FailingStore(Kind.OVERLOADED)).eventIds())
        .containsExactly(EventId.of(2, 2), EventId.of(4, 4), EventId.of(6, 6));
  }

  @Test
  void theTtlOfAFileThatIsUploadedSlowlyStartsWhenItIsStored() throws Exception {
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00.5Z"));
    try (RocksHotStore store =
        RocksHotStore.open(
            directory.resolve("hot"),
            clock,
            (events, nanos) -> {},
            RocksHotStore.Settings.DEFAULT)) {
      FileIngestion files =
          new FileIngestion(
              store,
              new UploadSpool(
                  directory.resolve("spool"),
                  1L << 30,
                  new DiskBudget(DiskSpace.withoutReserve(directory))),
              new FairBudget("uploads", "memory", 1 << 20),
              new RequestDeduplicator(store, clock),
              clock);
      InputStream slow =
          new FilterInputStream(new ByteArrayInputStream(FORM.getBytes(UTF_8))) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
              clock.advance(Duration.ofSeconds(100));
              return super.read(buffer, offset, length);
            }
          };
      EventHeaders headers =
          new EventHeaders(
              Optional.of(
                  "{\"ttl-on/stored-event\":\"60s\",\"do-not-archive-on/stored-event\":\"true\"}"),
              EventHeaders.NONE.eventTime(),
              EventHeaders.NONE.validTime(),
              EventHeaders.NONE.keys(),
              EventHeaders.NONE.idempotencyKey());
      files.store(resolved, headers, "shop/key", "multipart/form-data; boundary=b", slow);
      // Never rounded down: the files are stored half a second after a full second.
      clock.advance(Duration.ofMillis(60_499));

      ReadRequest all =
          new ReadRequest(
              resolved.eventType().id(),
              new EventRange(
                  EventId.first(0), EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING),
              10,
              Integer.MAX_VALUE);
      assertThat(store.read(all).events()).hasSize(3);
    }
  }

  @Test
  void theErrorOfAFailedStoreNamesHowManyPartsAreStored() {
    assertThatThrownBy(() -> store(new FailingStore(Kind.UNAVAILABLE)))
        .hasMessageContaining("2 of the file's 3 parts are already stored");
    assertThat(directory).isEmptyDirectory();
  }
}
