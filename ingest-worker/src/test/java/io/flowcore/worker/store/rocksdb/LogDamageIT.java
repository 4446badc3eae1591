package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;

/** Damaged, short and missing write-ahead logs, on a real disk. */
class LogDamageIT extends HotStoreFixture {
  private static final int LOGS = 4;
  private static final int GROUPS_PER_LOG = 25;

  @TempDir private Path parent;

  private Path original;
  private Path directory;
  private final List<EventId> acknowledged = new ArrayList<>();

  /** Several logs that are all needed: only the column family of the clock is flushed. */
  @BeforeEach
  void writeLogs() throws Exception {
    original = parent.resolve("original");
    directory = parent.resolve("data/hot");
    try (RocksFiles files = RocksFiles.open(original, Optional.empty());
        EventGroupWriter writer = new EventGroupWriter(files, new IdempotencyRecords(files));
        FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      GroupCommitter committer =
          new GroupCommitter(
              writer,
              new CommitClock(Clock.systemUTC(), 0),
              (events, nanos) -> {},
              1 << 20,
              1 << 20);
      for (int log = 0; log < LOGS; log++) {
        for (int i = 0; i < GROUPS_PER_LOG; i++) {
          acknowledged.addAll(
              committer.append(
                  List.of(now("{\"n\":\"" + "x".repeat(100) + "\"}")), Optional.empty()));
        }
        if (log < LOGS - 1) {
          files.db().flush(flush, files.meta());
        }
      }
      committer.close();
    }
    assertThat(logs(original)).hasSize(LOGS);
    restore();
  }

  private void restore() throws IOException {
    if (Files.exists(directory)) {
      TestDirectories.delete(directory);
    }
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(original)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static List<Path> logs(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  private RocksHotStore open() throws StoreException {
    return RocksHotStore.open(
        directory, Clock.systemUTC(), (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  private List<EventId> readAll() throws StoreException {
    try (RocksHotStore store = open()) {
      return all(store, TYPE).stream().map(StoredEvent::id).toList();
    }
  }

  private void assertRefusedWithTheCommand(Path damaged) {
    assertThatThrownBy(this::open)
        .as("damage in %s", damaged)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot be opened")
        .hasMessageContaining(damaged.getFileName().toString().replaceFirst("^0+|\\.log$", ""))
        .hasMessageContaining(
            "flowcore store recover --data " + directory.toAbsolutePath().getParent());
  }

  private static void truncate(Path log, long size) throws IOException {
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
      file.truncate(size);
    }
  }

  private static void overwrite(Path log, long offset, byte[] bytes) throws IOException {
    try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(bytes), offset);
    }
  }

  @Test
  void undamagedLogsAreRead() throws Exception {
    assertThat(WalInspection.of(directory).findings()).isEmpty();
    assertThat(readAll()).isEqualTo(acknowledged);
  }

  @Test
  void aMissingOlderLogIsRefused() throws Exception {
    for (int i = 0; i < LOGS - 1; i++) {
      restore();
      Path log = logs(directory).get(i);
      Files.delete(log);

      assertThatThrownBy(this::open)
          .as("without %s", log)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("flowcore store recover --data");
    }
  }

  @Test
  void aStoreWithoutItsListOfFilesIsRefusedInsteadOfCreatedAnew() throws Exception {
    Files.delete(directory.resolve("CURRENT"));

    assertThatThrownBy(this::open)
        .hasMessageContaining("its file CURRENT is missing")
        .hasMessageContaining("flowcore store recover --data");
  }

  @Test
  void aDamagedListOfFilesIsRefusedWithTheCommand() throws Exception {
    Path manifest = directory.resolve(Files.readString(directory.resolve("CURRENT")).strip());
    overwrite(manifest, 20, new byte[] {1, 2, 3});

    assertThatThrownBy(this::open)
        .hasMessageContaining("cannot be opened")
        .hasMessageContaining("flowcore store recover --data");
  }

  @Test
  void anOlderLogThatIsTooShortIsRefused() throws Exception {
    Random random = new Random(5);
    for (int i = 0; i < LOGS - 1; i++) {
      for (int cut = 0; cut < 12; cut++) {
        restore();
        Path log = logs(directory).get(i);
        truncate(log, cut == 0 ? 0 : random.nextLong(Files.size(log)));

        assertThatThrownBy(this::open)
            .as("%s with %d bytes", log, Files.size(log))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("flowcore store recover --data");
      }
    }
  }

  @Test
  void anOlderLogThatEndsBetweenTwoRecordsIsRefused() throws Exception {
    Path log = logs(directory).get(1);
    List<Long> offsets = recordOffsets(log);
    for (long offset : offsets) {
      restore();
      truncate(log, offset);

      assertThatThrownBy(this::open)
          .as("%s with %d bytes", log, offset)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("flowcore store recover --data");
    }
  }

  @Test
  void anOlderLogWithChangedOrEmptyBytesIsRefused() throws Exception {
    Random random = new Random(6);
    for (int i = 0; i < LOGS - 1; i++) {
      for (byte[] damage : List.of(new byte[] {0x55, 0x55, 0x55}, new byte[700])) {
        restore();
        Path log = logs(directory).get(i);
        overwrite(log, random.nextLong(Files.size(log) - damage.length), damage);

        assertRefusedWithTheCommand(log);
      }
    }
  }

  @Test
  void aHoleBeforeTheLastGroupOfTheNewestLogIsRefused() throws Exception {
    Path log = logs(directory).getLast();
    List<Long> offsets = recordOffsets(log);
    for (int group = 0; group < offsets.size() - 1; group++) {
      restore();
      overwrite(log, offsets.get(group) + 3, new byte[64]);

      assertThatThrownBy(this::open)
          .as("group %d", group)
          .hasMessageContaining("1 acknowledged events cannot be read")
          .hasMessageContaining(log.getFileName().toString());
    }
  }

  @Test
  void aHoleInTheLastGroupIsCut() throws Exception {
    Path log = logs(directory).getLast();
    long last = recordOffsets(log).getLast();
    overwrite(log, last, new byte[(int) (Files.size(log) - last)]);

    assertThat(readAll()).isEqualTo(acknowledged.subList(0, acknowledged.size() - 1));
    assertThat(readAll()).hasSize(acknowledged.size() - 1);
  }

  @Test
  void anIncompleteLastGroupIsCutAtEveryByte() throws Exception {
    Path log = logs(directory).getLast();
    long last = recordOffsets(log).getLast();
    long size = Files.size(log);
    for (long end = last + 1; end < size; end += 17) {
      restore();
      truncate(log, end);

      assertThat(readAll()).isEqualTo(acknowledged.subList(0, acknowledged.size() - 1));
    }
  }

  @Test
  void aLastGroupWhoseBytesWereChangedIsRefused() throws Exception {
    Path log = logs(directory).getLast();
    overwrite(log, Files.size(log) - 20, new byte[] {1, 2, 3});

    assertThatThrownBy(this::open)
        .hasMessageContaining("were changed after they were written")
        .hasMessageContaining(log.getFileName().toString());
  }

  @Test
  void aRecoveredStoreHasEveryEventOfTheIntactLogs() throws Exception {
    Path log = logs(directory).get(1);
    int groupsInLog = recordOffsets(log).size();
    Files.delete(log);

    try (StoreRecovery recovery = StoreRecovery.of(directory)) {
      StoreRecovery.Report report = recovery.inspect();
      assertThat(report.opens()).isFalse();
      assertThat(report.lost())
          .singleElement(STRING)
          .startsWith(groupsInLog + " events in " + groupsInLog + " groups");
      recovery.recover(Clock.systemUTC());
    }
    assertThat(readAll()).hasSize(acknowledged.size() - groupsInLog).isSubsetOf(acknowledged);
  }

  private static List<Long> recordOffsets(Path log) throws IOException {
    List<Long> offsets = new ArrayList<>();
    LogScanner.scan(
        log,
        new LogScanner.Visitor() {
          @Override
          public void record(long offset, ByteBuffer data, boolean whole) {
            offsets.add(offset);
          }

          @Override
          public void damage(LogScanner.Damage damage) {
            throw new AssertionError(damage);
          }
        });
    return offsets;
  }
}
