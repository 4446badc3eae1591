package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.flowcore.worker.store.rocksdb.LogScanner.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The MANIFEST of a RocksDB database: a log of changes to the set of its files. Read for the number
 * of the oldest write-ahead log that is still needed.
 */
final class ManifestFile implements LogScanner.Visitor {
  /** The tags of {@code db/version_edit.h}. */
  private static final int LOG_NUMBER = 2;

  private static final int NEXT_FILE_NUMBER = 3;
  private static final int LAST_SEQUENCE = 4;
  private static final int COMPACT_CURSOR = 5;
  private static final int DELETED_FILE = 6;
  private static final int PREVIOUS_LOG_NUMBER = 9;
  private static final int MIN_LOG_NUMBER_TO_KEEP = 10;
  private static final int NEW_FILE = 103;
  private static final int COLUMN_FAMILY = 200;
  private static final int COLUMN_FAMILY_DROP = 202;
  private static final int MAX_COLUMN_FAMILY = 203;
  private static final int IN_ATOMIC_GROUP = 300;
  private static final int NEW_FILE_END = 1;

  private final Path path;
  private final List<Damage> damages = new ArrayList<>();
  private final Map<Long, Long> logNumbers = new HashMap<>();
  private long minLogNumberToKeep;
  private long endOfRecords;

  private ManifestFile(Path path) {
    this.path = path;
  }

  /**
   * Reads the current MANIFEST of a database.
   *
   * @return empty if the directory has no database
   */
  static Optional<ManifestFile> read(Path directory) throws IOException {
    String name;
    try {
      name = Files.readString(directory.resolve("CURRENT"), US_ASCII).strip();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    ManifestFile manifest = new ManifestFile(directory.resolve(name));
    if (!name.startsWith("MANIFEST-") || !Files.isRegularFile(manifest.path)) {
      return Optional.empty();
    }
    LogScanner.scan(manifest.path, manifest);
    return Optional.of(manifest);
  }

  Path path() {
    return path;
  }

  /** Returns the number of the oldest write-ahead log with data that is in no other file. */
  long minLogNumber() {
    long oldest = logNumbers.values().stream().mapToLong(Long::longValue).min().orElse(0);
    return Math.max(oldest, minLogNumberToKeep);
  }

  /**
   * Returns where the MANIFEST can be cut: it ends with a change that looks as if it was never
   * synced. RocksDB does nothing that depends on a change before it is synced.
   */
  Optional<Long> unsyncedEnd() {
    boolean atEnd =
        !damages.isEmpty()
            && endOfRecords <= damages.getFirst().from()
            && damages.stream().allMatch(Damage::lost);
    return atEnd ? Optional.of(damages.getFirst().from()) : Optional.empty();
  }

  @Override
  public void damage(Damage damage) {
    damages.add(damage);
  }

  @Override
  public void record(long offset, ByteBuffer data, boolean whole) {
    if (whole) {
      endOfRecords = offset + 1;
      apply(data);
    }
  }

  private void apply(ByteBuffer edit) {
    long columnFamily = 0;
    long logNumber = -1;
    while (edit.hasRemaining()) {
      int tag = (int) Varints.read(edit);
      switch (tag) {
        case LOG_NUMBER -> logNumber = Varints.read(edit);
        case MIN_LOG_NUMBER_TO_KEEP ->
            minLogNumberToKeep = Math.max(minLogNumberToKeep, Varints.read(edit));
        case COLUMN_FAMILY -> columnFamily = Varints.read(edit);
        case NEXT_FILE_NUMBER,
            LAST_SEQUENCE,
            PREVIOUS_LOG_NUMBER,
            MAX_COLUMN_FAMILY,
            IN_ATOMIC_GROUP ->
            Varints.read(edit);
        case COLUMN_FAMILY_DROP -> {}
        case DELETED_FILE -> {
          Varints.read(edit);
          Varints.read(edit);
        }
        case COMPACT_CURSOR -> {
          Varints.read(edit);
          Varints.slice(edit);
        }
        case NEW_FILE -> skipNewFile(edit);
        // Names, and every tag that RocksDB added later, are followed by their length.
        default -> Varints.slice(edit);
      }
    }
    if (logNumber >= 0) {
      logNumbers.put(columnFamily, logNumber);
    }
  }

  private static void skipNewFile(ByteBuffer edit) {
    for (int i = 0; i < 3; i++) { // level, number, size
      Varints.read(edit);
    }
    Varints.slice(edit); // first key
    Varints.slice(edit); // last key
    Varints.read(edit); // first sequence number
    Varints.read(edit); // last sequence number
    while (edit.hasRemaining() && Varints.read(edit) != NEW_FILE_END) {
      Varints.slice(edit);
    }
  }
}
