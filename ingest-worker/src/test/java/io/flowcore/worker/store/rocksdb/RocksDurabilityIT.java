package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/** What is on disk after a crash or with damaged files. */
class RocksDurabilityIT extends HotStoreFixture {
  @TempDir private Path directory;

  private RocksHotStore store;

  @BeforeEach
  void open() throws StoreException {
    store = open(Clock.systemUTC());
  }

  private RocksHotStore open(Clock clock) throws StoreException {
    return RocksHotStore.open(
        directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void anIncompleteRecordAtTheEndOfTheLogIsTruncated() throws Exception {
    List<EventId> ids = store.append(List.of(now("{\"n\":0}"), now("{\"n\":1}")));
    store.close();
    Files.write(newestLog(), new byte[] {1, 2, 3, 4, 5}, StandardOpenOption.APPEND);
    open();

    assertThat(all(store, TYPE)).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void anUnsyncedChangeAtTheEndOfTheListOfFilesIsIgnored() throws Exception {
    List<EventId> ids = store.append(List.of(now("{}")));
    store.close();
    Path manifest = directory.resolve(Files.readString(directory.resolve("CURRENT")).strip());
    byte[] lost = new byte[1_500]; // a header for 1,400 bytes, whose page was lost
    System.arraycopy(new byte[] {1, 2, 3, 4, 0x78, 5, 1}, 0, lost, 0, 7);
    Files.write(manifest, lost, StandardOpenOption.APPEND);
    open();

    assertThat(all(store, TYPE)).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void corruptionInTheMiddleOfTheLogPreventsTheStartAndLosesNothing() throws Exception {
    for (int i = 0; i < 20; i++) {
      store.append(List.of(now("{\"n\":\"" + "x".repeat(100) + "\"}")));
    }
    store.close();
    Path log = newestLog();
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(log, bytes);

    assertThatThrownBy(() -> open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot be opened");
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(log, bytes);
    open();
    assertThat(all(store, TYPE)).hasSize(20);
  }

  @Test
  void aDamagedRecordIsNamedAndOtherEventsAreReadable() throws Exception {
    List<EventId> ids = store.append(List.of(now("{\"n\":0}"), now("{\"n\":1}"), now("{\"n\":2}")));
    store.close();
    try (RocksFiles files = RocksFiles.open(directory, Optional.empty())) {
      byte[] key = EventKeyCodec.key(TYPE, ids.get(1));
      byte[] value = files.db().get(files.events(), key);
      value[value.length - 6] ^= 1;
      files.db().put(files.events(), key, value);
    }
    open();

    EventPage page =
        store.read(
            new ReadRequest(
                TYPE, new EventRange(ids.get(0), ids.get(2), ReadOrder.ASCENDING), 9, 1 << 20));
    assertThat(page.events()).extracting(StoredEvent::id).containsExactly(ids.get(0));
    assertThat(page.damagedAt()).contains(ids.get(1));
    assertThat(page.complete()).isFalse();
    assertThat(
            store
                .read(
                    new ReadRequest(
                        TYPE,
                        new EventRange(ids.get(2), ids.get(2), ReadOrder.ASCENDING),
                        9,
                        1 << 20))
                .events())
        .extracting(event -> new String(event.payload(), UTF_8))
        .containsExactly("{\"n\":2}");
  }

  private Path newestLog() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  @Test
  void everyGroupIsSyncedBeforeItsEventsAreAcknowledged() throws Exception {
    store.close();
    try (Statistics statistics = new Statistics();
        RocksHotStore measured =
            RocksHotStore.open(
                RocksFiles.open(directory, Optional.of(statistics)),
                Clock.systemUTC(),
                (events, nanos) -> {},
                RocksHotStore.Settings.DEFAULT)) {
      for (int i = 1; i <= 20; i++) {
        long before = statistics.getTickerCount(TickerType.WAL_FILE_SYNCED);
        measured.append(List.of(now("{}")));

        assertThat(statistics.getTickerCount(TickerType.WAL_FILE_SYNCED)).isGreaterThan(before);
      }
    }
    open();
  }
}
