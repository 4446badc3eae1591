package io.flowcore.worker.store.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
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
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a damaged store, in a directory next to it. Table files never change, so they are
 * linked instead of copied where the file system can do that.
 */
final class SalvagedCopy {
  private static final Logger LOG = LoggerFactory.getLogger(SalvagedCopy.class);

  private static final String COPY_SUFFIX = ".recovering";
  private static final String KEPT_SUFFIX = ".damaged-";

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
    Path directory = original.resolveSibling(original.getFileName() + COPY_SUFFIX);
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

  /** Creates a hard link. */
  interface Linker {
    void link(Path link, Path existing) throws IOException;
  }

  private static void copy(Path file, Path target) throws IOException {
    if (file.toString().endsWith(".sst")) {
      linkOrCopy(file, target, Files::createLink);
    } else {
      Files.copy(file, target);
    }
  }

  /** Links a file, or copies it if the file system or a security module does not permit a link. */
  static void linkOrCopy(Path file, Path target, Linker linker) throws IOException {
    try {
      linker.link(target, file);
    } catch (UnsupportedOperationException | FileSystemException e) {
      LOG.debug("Copying {}, because it cannot be linked", file, e);
      Files.copy(file, target);
    }
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
            original.getFileName() + KEPT_SUFFIX + TIME.format(clock.instant()));
    return kept;
  }

  /** Moves the damaged store aside, and the copy into its place. */
  void replaceOriginal() throws IOException {
    sync(directory);
    Files.move(original, kept, StandardCopyOption.ATOMIC_MOVE);
    Files.move(directory, original, StandardCopyOption.ATOMIC_MOVE);
    sync(original.toAbsolutePath().getParent());
  }

  /**
   * Returns why a store that has no files must not be created: a recovery next to it was
   * interrupted between its two moves, or the damaged files of one were kept.
   */
  static Optional<String> obstacle(Path original) throws IOException {
    Path parent = original.toAbsolutePath().getParent();
    if (!Files.isDirectory(parent) || WalRecovery.hasStore(original)) {
      return Optional.empty();
    }
    String name = original.getFileName().toString();
    List<String> others;
    try (Stream<Path> files = Files.list(parent)) {
      others =
          files
              .map(file -> file.getFileName().toString())
              .filter(
                  other -> other.equals(name + COPY_SUFFIX) || other.startsWith(name + KEPT_SUFFIX))
              .sorted()
              .toList();
    }
    if (others.isEmpty()) {
      return Optional.empty();
    }
    boolean interrupted =
        others.contains(name + COPY_SUFFIX)
            && others.stream().anyMatch(other -> other.startsWith(name + KEPT_SUFFIX));
    return Optional.of(
        String.format(
            Locale.ROOT,
            "the hot store in %s has no files, but %s has: %s. %s. To start with an empty store, move"
                + " them to another directory",
            original,
            parent,
            String.join(", ", others),
            interrupted
                ? "A recovery was interrupted at its end; to complete it, remove the directory "
                    + name
                    + " if it exists, and rename "
                    + name
                    + COPY_SUFFIX
                    + " to "
                    + name
                : "To use one of them, rename it to " + name));
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
