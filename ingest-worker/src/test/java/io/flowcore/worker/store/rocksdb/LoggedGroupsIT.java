package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.GroupCommitter.Append;
import io.flowcore.worker.store.rocksdb.GroupCommitter.EncodedEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Which groups the logs of a killed worker prove to be missing: none that is there. */
class LoggedGroupsIT extends HotStoreFixture {
  @TempDir private Path parent;

  private final CommitClock clock = new CommitClock(Clock.systemUTC(), 0);
  private RocksFiles files;
  private EventGroupWriter writer;

  @BeforeEach
  void open() throws Exception {
    files = RocksFiles.open(parent.resolve("original"), Optional.empty());
    writer = new EventGroupWriter(files, new IdempotencyRecords(files));
  }

  @AfterEach
  void close() {
    writer.close();
    files.close();
  }

  private void write(String payload) throws Exception {
    NewEvent event = now(payload);
    CommitClock.Instants instants = clock.begin(1);
    writer.write(List.of(append(event, Optional.empty())), instants);
    clock.committed(instants);
  }

  private static Append append(NewEvent event, Optional<IdempotencyKey> key) {
    return new Append(List.of(new EncodedEvent(event, EventValueCodec.prepare(event))), key);
  }

  /** Returns the record of the next group, as the writer creates it. */
  private CommitRecord next() throws Exception {
    long instant = clock.begin(1).first();
    return EventGroupWriter.lastCommit(files.db(), files.meta())
        .next(instant + CommitClock.RESERVED_TICKS, instant, 1);
  }

  /** Writes a group that is in the log although its write failed, and so has no successor. */
  private void writeFailedGroup() throws Exception {
    try (WriteOptions synced = new WriteOptions().setSync(true)) {
      files.db().put(files.meta(), synced, CommitRecord.KEY, next().encode());
    }
  }

  /** Copies the files as a kill leaves them. */
  private Path killed() throws IOException {
    Path to = Files.createDirectories(parent.resolve("killed/hot"));
    try (Stream<Path> list = Files.list(parent.resolve("original"))) {
      for (Path file : list.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  private static int countEvents(Path directory) throws StoreException {
    try (RocksHotStore store =
        RocksHotStore.open(
            directory, Clock.systemUTC(), (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT)) {
      return all(store, TYPE).size();
    }
  }

  private static Path newestLog(Path directory) throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.filter(file -> file.toString().endsWith(".log")).sorted().toList().getLast();
    }
  }

  /** The writes of other threads that RocksDB may put in front of a group, into one record. */
  enum Other {
    DELETION_OF_A_RANGE {
      @Override
      void addTo(WriteBatch batch, RocksFiles files) throws RocksDBException {
        batch.deleteRange(files.idempotencyRecords(), new byte[4], new byte[] {0, 0, 0, 1});
      }
    },
    DELETION_OF_A_RANGE_OF_THE_DEFAULT_COLUMN_FAMILY {
      @Override
      void addTo(WriteBatch batch, RocksFiles files) throws RocksDBException {
        batch.deleteRange(new byte[] {0}, new byte[] {0, 1});
      }
    },
    DELETION {
      @Override
      void addTo(WriteBatch batch, RocksFiles files) throws RocksDBException {
        batch.delete(files.pendingArchive(), new byte[] {1});
        batch.delete(new byte[] {1});
      }
    },
    VALUE {
      @Override
      void addTo(WriteBatch batch, RocksFiles files) throws RocksDBException {
        batch.put(files.manifestGenerations(), new byte[] {1}, new byte[] {2});
        batch.put(new byte[] {1}, new byte[] {2});
        batch.putLogData(new byte[] {3});
      }
    };

    abstract void addTo(WriteBatch batch, RocksFiles files) throws RocksDBException;
  }

  /** Writes a group behind another write in one record. */
  private byte[] writeMerged(Write other) throws Exception {
    try (WriteBatch merged = new WriteBatch();
        WriteOptions synced = new WriteOptions().setSync(true)) {
      other.addTo(merged);
      merged.put(files.meta(), CommitRecord.KEY, next().encode());
      files.db().write(synced, merged);
      // The writer continues after this group.
      writer.close();
      writer = new EventGroupWriter(files, new IdempotencyRecords(files));
      return merged.data();
    }
  }

  private interface Write {
    void addTo(WriteBatch batch) throws RocksDBException;
  }

  @ParameterizedTest
  @EnumSource
  void aGroupBehindAnotherWriteInOneRecordIsFound(Other other) throws Exception {
    write("{\"n\":1}");
    byte[] record = writeMerged(batch -> other.addTo(batch, files));
    write("{\"n\":3}");

    assertThat(LoggedBatch.parse(ByteBuffer.wrap(record)).flatMap(LoggedBatch::commit))
        .map(CommitRecord::number)
        .contains(2L);
    Path directory = killed();
    assertThat(WalInspection.of(directory).missing()).isEmpty();
    assertThat(countEvents(directory)).isEqualTo(2);
  }

  @Test
  void aGroupBehindAWriteOfAnUnknownTypeIsNotTakenForMissing() throws Exception {
    write("{\"n\":1}");
    byte[] record =
        writeMerged(batch -> batch.singleDelete(files.pendingArchive(), new byte[] {1}));
    write("{\"n\":3}");

    assertThat(LoggedBatch.parse(ByteBuffer.wrap(record)))
        .hasValueSatisfying(batch -> assertThat(batch.understood()).isFalse());
    assertThat(countEvents(killed())).isEqualTo(2);
  }

  @Test
  void aGroupWhoseWriteFailedUsesNoNumberSoThatAnIncompleteNextGroupIsCut() throws Exception {
    write("{\"n\":1}");
    IdempotencyKey tooLate = new IdempotencyKey(new byte[32], new byte[32], Long.MAX_VALUE);
    assertThatThrownBy(() ->
            writer.write(List.of(append(now("{\"n\":2}"), Optional.of(tooLate))), clock.begin(1)))
        .isInstanceOf(ArithmeticException.class);
    // RocksDB recovers from a full disk by flushing everything and replacing its log.
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      files
          .db()
          .flush(
              flush,
              List.of(
                  files.meta(),
                  files.events(),
                  files.pendingArchive(),
                  files.expiry(),
                  files.idempotencyRecords(),
                  files.manifestGenerations()));
    }
    write("{\"n\":\"" + "x".repeat(60_000) + "\"}");
    Path directory = killed();
    try (FileChannel log = FileChannel.open(newestLog(directory), StandardOpenOption.WRITE)) {
      assertThat(log.size()).isGreaterThan(40_000);
      log.truncate(40_000);
    }

    assertThat(countEvents(directory)).isOne();
  }

  @Test
  void aFailedGroupThatIsInTheLogIsNotTakenForAMissingOne() throws Exception {
    write("{\"n\":1}");
    writeFailedGroup();
    write("{\"n\":2}");
    write("{\"n\":3}");

    Path directory = killed();
    assertThat(WalInspection.of(directory).missing()).isEmpty();
    assertThat(countEvents(directory)).isEqualTo(3);
  }

  @Test
  void aFailedGroupDoesNotHideTheLossOfTheGroupWithItsNumber() throws Exception {
    write("{\"n\":1}");
    writeFailedGroup();
    write("{\"n\":\"" + "x".repeat(2_000) + "\"}");
    write("{\"n\":3}");
    Path directory = killed();
    Path log = newestLog(directory);
    long hole = offset(log, data -> data.remaining() > 2_000);
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1_500), hole);
    }

    assertThatThrownBy(() -> countEvents(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("1 acknowledged events cannot be read");
  }

  private static long offset(Path log, Predicate<ByteBuffer> wanted) throws IOException {
    List<Long> found = new ArrayList<>();
    LogScanner.scan(
        log,
        new LogScanner.Visitor() {
          @Override
          public void record(long offset, ByteBuffer data, boolean whole) {
            if (wanted.test(data)) {
              found.add(offset);
            }
          }

          @Override
          public void damage(LogScanner.Damage damage) {
            throw new AssertionError(damage);
          }
        });
    assertThat(found).hasSize(1);
    return found.getFirst();
  }
}
