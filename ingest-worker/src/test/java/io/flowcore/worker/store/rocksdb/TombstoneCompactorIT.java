package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.PerfLevel;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** What the removal of expired entries writes, and what it leaves to readers. */
class TombstoneCompactorIT {
  private static final int TYPES = 400;
  private static final int EVENTS_PER_HOUR = 25;
  private static final long FIRST_TICK = EventTime.toTicks(Instant.parse("2026-01-01T00:00:00Z"));

  @TempDir private Path directory;

  private final Random random = new Random(1);
  private final Statistics statistics = new Statistics();
  private final DeletedKeys deleted = new DeletedKeys(EventKeyCodec::type);
  private RocksFiles files;
  private TombstoneCompactor compactor;

  @BeforeEach
  void open() throws Exception {
    files = RocksFiles.open(directory, Optional.of(statistics));
    compactor = new TombstoneCompactor(files, Map.of(files.events(), deleted));
    // Small files and levels, so that a small store has the shape of a large one.
    files
        .db()
        .setOptions(
            files.events(),
            MutableColumnFamilyOptions.builder()
                .setTargetFileSizeBase(256 << 10)
                .setMaxBytesForLevelBase(1 << 20)
                .build());
  }

  @AfterEach
  void close() {
    compactor.close();
    files.close();
    statistics.close();
  }

  @Test
  void expiryOfManyEventTypesWritesAtMostFiveBytesPerExpiredByte() throws Exception {
    int hours = 24;
    int kept = 4;
    for (int hour = 0; hour < hours; hour++) {
      append(hour, TYPES, EVENTS_PER_HOUR);
    }
    age();
    double bytesPerEvent = (double) fileBytes() / (hours * TYPES * EVENTS_PER_HOUR);
    statistics.reset();

    for (int hour = 0; hour < hours - kept; hour++) {
      delete(hour, TYPES, EVENTS_PER_HOUR);
      compactor.run();
    }

    double expired = bytesPerEvent * (hours - kept) * TYPES * EVENTS_PER_HOUR;
    assertThat((double) statistics.getTickerCount(TickerType.COMPACT_WRITE_BYTES))
        .isPositive()
        .isLessThan(5 * expired);
    long remaining = (long) kept * TYPES * EVENTS_PER_HOUR;
    assertThat(tombstonesReadWith(remaining)).isLessThan(remaining / 2);
  }

  @Test
  void expiryOfOneEventTypeDoesNotRewriteTheOthers() throws Exception {
    append(0, TYPES, 10 * EVENTS_PER_HOUR);
    append(1, 1, 100_000);
    age();
    double bytesPerEvent = (double) fileBytes() / (TYPES * 10 * EVENTS_PER_HOUR + 100_000);
    statistics.reset();

    delete(1, 1, 100_000);
    compactor.run();

    assertThat((double) statistics.getTickerCount(TickerType.COMPACT_WRITE_BYTES))
        .isLessThan(bytesPerEvent * 10_000);
    assertThat(tombstonesReadWith(TYPES * 10 * EVENTS_PER_HOUR)).isLessThan(1_000);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void expiryDoesNotWaitForACompactionAndCloseCancelsIt() throws Exception {
    append(0, TYPES, EVENTS_PER_HOUR);
    age();
    List<String> before = fileNames();
    long now = Instant.now().getEpochSecond();
    try (WriteBatch batch = new WriteBatch()) {
      for (int type = 0; type < TYPES; type++) {
        for (int event = 0; event < EVENTS_PER_HOUR; event++) {
          byte[] expired = EventKeyCodec.expiryKey(now - 1, key(type, 0, event));
          batch.put(files.expiry(), expired, new byte[0]);
        }
      }
      write(batch);
    }
    try (Expiry expiry = new Expiry(files)) {
      files.db().pauseBackgroundWork();

      assertThat(expiry.expire(now, Integer.MAX_VALUE)).isEqualTo(TYPES * EVENTS_PER_HOUR);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> isFlushPending(files.events()) || isFlushPending(files.expiry()));
      expiry.markArchived(new UUID(0, 7), List.of(EventId.first(FIRST_TICK)), now);
    }

    files.db().continueBackgroundWork();
    compactor.close();
    files.close();
    files = RocksFiles.open(directory, Optional.empty());
    compactor = new TombstoneCompactor(files, Map.of(files.events(), deleted));
    assertThat(fileNames()).as("nothing was rewritten").containsAll(before);
    assertThat(tombstonesReadWith(0)).isPositive();
  }

  /** Whether a compaction waits until the entries in memory are in a file. */
  private boolean isFlushPending(ColumnFamilyHandle columnFamily) throws RocksDBException {
    return files.db().getLongProperty(columnFamily, "rocksdb.mem-table-flush-pending") == 1;
  }

  private static byte[] key(int type, int hour, int event) {
    long ticks = FIRST_TICK + hour * 3_600L * EventTime.PER_SECOND + event;
    return EventKeyCodec.key(new UUID(type, 7), EventId.of(ticks, ticks));
  }

  private void append(int hour, int types, int events) throws RocksDBException {
    byte[] value = new byte[100];
    try (WriteBatch batch = new WriteBatch()) {
      for (int type = 0; type < types; type++) {
        for (int event = 0; event < events; event++) {
          random.nextBytes(value);
          batch.put(files.events(), key(type, hour, event), value);
        }
      }
      write(batch);
    }
  }

  private void delete(int hour, int types, int events) throws RocksDBException {
    try (WriteBatch batch = new WriteBatch()) {
      for (int type = 0; type < types; type++) {
        for (int event = 0; event < events; event++) {
          batch.delete(files.events(), key(type, hour, event));
          deleted.add(key(type, hour, event));
        }
      }
      write(batch);
    }
  }

  private void write(WriteBatch batch) throws RocksDBException {
    try (WriteOptions options = new WriteOptions()) {
      files.db().write(options, batch);
    }
  }

  /** Moves everything into files of the last level. */
  private void age() throws RocksDBException {
    try (FlushOptions flush = new FlushOptions();
        CompactRangeOptions options =
            new CompactRangeOptions()
                .setBottommostLevelCompaction(BottommostLevelCompaction.kForce)) {
      files.db().flush(flush, files.events());
      files.db().compactRange(files.events(), null, null, options);
    }
  }

  /** Reads all events, which must be as many as expected; returns the tombstones on the way. */
  private long tombstonesReadWith(long events) throws RocksDBException {
    files.db().setPerfLevel(PerfLevel.ENABLE_COUNT);
    files.db().getPerfContext().reset();
    long count = 0;
    try (RocksIterator iterator = files.db().newIterator(files.events())) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        count++;
      }
      iterator.status();
    }
    assertThat(count).isEqualTo(events);
    return files.db().getPerfContext().getInternalDeleteSkippedCount();
  }

  private long fileBytes() throws RocksDBException {
    return files.db().getLongProperty(files.events(), "rocksdb.total-sst-files-size");
  }

  private List<String> fileNames() {
    return files.db().getLiveFilesMetaData().stream().map(LiveFileMetaData::fileName).toList();
  }
}
