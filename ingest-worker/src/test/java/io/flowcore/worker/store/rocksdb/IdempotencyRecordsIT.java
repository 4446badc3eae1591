package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Idempotency records by day: what a look-up costs, and when records go. */
class IdempotencyRecordsIT extends HotStoreFixture {
  private static final Duration VALID = Duration.ofDays(1);

  @TempDir private Path directory;

  @Test
  void aLookUpSearchesFewFilesHoweverManyWereWritten() throws Exception {
    int writes = 100;
    int lookUps = 1_000;
    long now = Instant.parse("2026-01-01T12:00:00Z").getEpochSecond();
    try (Statistics statistics = new Statistics();
        RocksFiles files = RocksFiles.open(directory, Optional.of(statistics))) {
      IdempotencyRecords records = new IdempotencyRecords(files);
      for (int i = 0; i < writes; i++) {
        for (int day = 0; day < 2; day++) {
          put(files, records, i, now + 1 + day * VALID.toSeconds());
        }
        flush(files);
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() ->
              files.db().getLongProperty(files.idempotencyRecords(), "rocksdb.compaction-pending")
                      == 0
                  && files.db().getLongProperty("rocksdb.num-running-compactions") == 0);
      statistics.reset();

      for (int i = 0; i < lookUps; i++) {
        assertThat(records.find(key(writes + i), now)).isEmpty();
      }

      long searched =
          statistics.getTickerCount(TickerType.BLOOM_FILTER_USEFUL)
              + statistics.getTickerCount(TickerType.BLOOM_FILTER_FULL_POSITIVE);
      assertThat(searched).isPositive().isLessThan(20L * lookUps);
      for (int i = 0; i < writes; i++) {
        assertThat(records.find(key(i), now)).isPresent();
      }
    }
  }

  @Test
  void theRecordsOfADayAreDroppedWhenAllHaveExpired() throws Exception {
    long midnight = Instant.parse("2026-01-02T00:00:00Z").getEpochSecond();
    try (RocksFiles files = RocksFiles.open(directory, Optional.empty())) {
      IdempotencyRecords records = new IdempotencyRecords(files);
      put(files, records, 1, midnight - 1);
      put(files, records, 2, midnight);
      put(files, records, 3, midnight + 100);
      flush(files);
      files.db().compactRange(files.idempotencyRecords());
      put(files, records, 4, midnight - 10);

      records.dropExpired(midnight - 1);
      assertThat(stored(files)).isEqualTo(4);
      records.dropExpired(midnight);

      assertThat(stored(files)).isEqualTo(2);
      assertThat(records.find(key(1), midnight - 5)).as("removed, not only hidden").isEmpty();
      assertThat(files.db().getLiveFilesMetaData())
          .as("the file of the day is gone, that of the next remains")
          .hasSize(1);
      assertThat(records.find(key(3), midnight)).isPresent();
    }
    try (RocksFiles files = RocksFiles.open(directory, Optional.empty())) {
      IdempotencyRecords records = new IdempotencyRecords(files);
      assertThat(records.find(key(3), midnight)).as("after a restart").isPresent();
      records.dropExpired(midnight + VALID.toSeconds());
      assertThat(stored(files)).isZero();
    }
  }

  @Test
  void aRequestIsRecognizedForADayAcrossMidnightAndIfTheClockIsSetBack() throws Exception {
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T23:59:59Z"));
    try (RocksHotStore store =
        RocksHotStore.open(
            directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT)) {
      long expires = clock.instant().plus(VALID).getEpochSecond();
      List<EventId> ids =
          store.append(
              List.of(now("{}")), Optional.of(new IdempotencyKey(key(1), new byte[32], expires)));

      for (Duration step :
          List.of(
              Duration.ofSeconds(1),
              VALID.minusSeconds(2),
              Duration.ofDays(-5),
              Duration.ofDays(5))) {
        clock.advance(step);
        store.expire(100);
        assertThat(store.idempotencyRecord(key(1)).orElseThrow().ids())
            .as("at %s", clock.instant())
            .isEqualTo(ids);
      }
      clock.advance(Duration.ofSeconds(1));
      assertThat(store.idempotencyRecord(key(1))).as("after a day").isEmpty();
    }
  }

  @Test
  void aStoreOfAnotherVersionIsRejectedWithTheReason() throws Exception {
    RocksFiles.open(directory, Optional.empty()).close();
    try (RocksFiles files = RocksFiles.open(directory, Optional.empty());
        ColumnFamilyHandle other =
            files
                .db()
                .createColumnFamily(
                    new ColumnFamilyDescriptor("idempotency_records".getBytes(UTF_8)))) {
      assertThat(other.getName()).isNotEmpty();
    }

    assertThatThrownBy(() -> RocksFiles.open(directory, Optional.empty()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("was written by another version of Flowcore")
        .hasMessageContaining("idempotency_records");
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(32).putInt(number * 0x9E3779B1).putInt(number).array();
  }

  private static void put(
      RocksFiles files, IdempotencyRecords records, int number, long expiresAtSecond)
      throws RocksDBException {
    try (WriteBatch batch = new WriteBatch();
        WriteOptions options = new WriteOptions()) {
      records.put(batch, new IdempotencyKey(key(number), new byte[32], expiresAtSecond), List.of());
      files.db().write(options, batch);
    }
  }

  private static void flush(RocksFiles files) throws RocksDBException {
    try (FlushOptions options = new FlushOptions()) {
      files.db().flush(options, files.idempotencyRecords());
    }
  }

  private static int stored(RocksFiles files) throws RocksDBException {
    RocksDB db = files.db();
    int count = 0;
    try (RocksIterator iterator = db.newIterator(files.idempotencyRecords())) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        count++;
      }
      iterator.status();
    }
    return count;
  }
}
