package io.flowcore.worker.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A copy of a damaged store, in a directory next to it. Table files never change, so they are
 * linked instead of copied where the file system can do that.
 */
final class SalvagedCopy {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final Set<String> LOCKS = Set.of("LOCK", StoreLock.NAME);

  private final Path original;
  private final Path directory;
  private final List<Path> logs;
  private Path kept;

  private SalvagedCopy(Path original, Path directory, List<Path> logs) {
    this.original = original;
    this.directory = directory;
    this.logs = logs;
    kept = original;
  }

  /** Copies everything except the logs. Replaces the copy of an attempt that did not end. */
  static SalvagedCopy create(Path original) throws IOException {
    Path directory = original.resolveSibling(original.getFileName() + ".recovering");
    if (Files.exists(directory)) {
      delete(directory);
    }
    Files.createDirectory(directory);
    try (Stream<Path> files = Files.list(original)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (!name.endsWith(".log") && !LOCKS.contains(name)) {
          copy(file, directory.resolve(name));
        }
      }
    }
    WalRecovery.cutManifest(directory);
    return new SalvagedCopy(original, directory, WalInspection.of(original).logs());
  }

  private static void copy(Path file, Path target) throws IOException {
    if (file.toString().endsWith(".sst")) {
      try {
        Files.createLink(target, file);
        return;
      } catch (UnsupportedOperationException e) {
        // The copy below has the same content.
      }
    }
    Files.copy(file, target);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  Path directory() {
    return directory;
  }

  /**
   * Applies every intact write of the logs, in order. A write that is in a table file already is
   * applied again, which changes nothing, because those after it are applied too. Finally, all is
   * in table files, because the copy's own logs show what is missing.
   */
  void replay(RocksDB db, List<ColumnFamilyHandle> columnFamilies)
      throws IOException, RocksDBException {
    try (WriteOptions options = new WriteOptions();
        FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      for (Path log : logs) {
        Replay replay = new Replay(db, options);
        LogScanner.scan(log, replay);
        if (replay.failure != null) {
          throw replay.failure;
        }
      }
      db.flush(flush, columnFamilies);
    }
  }

  private static final class Replay implements LogScanner.Visitor {
    private final RocksDB db;
    private final WriteOptions options;
    private RocksDBException failure;

    Replay(RocksDB db, WriteOptions options) {
      this.db = db;
      this.options = options;
    }

    @Override
    public void record(long offset, ByteBuffer data, boolean whole) {
      if (!whole || failure != null) {
        return;
      }
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      try (WriteBatch batch = new WriteBatch(bytes)) {
        db.write(options, batch);
      } catch (RocksDBException e) {
        failure = e;
      }
    }

    @Override
    public void damage(LogScanner.Damage damage) {
      // The inspection reports it; the next intact write follows.
    }
  }

  /** Chooses where the damaged files are kept. */
  Path keptAs(Clock clock) {
    kept =
        original.resolveSibling(
            original.getFileName() + ".damaged-" + TIME.format(clock.instant()));
    return kept;
  }

  /** Moves the damaged store aside, and the copy into its place. */
  void replaceOriginal() throws IOException {
    sync(directory);
    Files.move(original, kept, StandardCopyOption.ATOMIC_MOVE);
    Files.move(directory, original, StandardCopyOption.ATOMIC_MOVE);
    sync(original.toAbsolutePath().getParent());
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
