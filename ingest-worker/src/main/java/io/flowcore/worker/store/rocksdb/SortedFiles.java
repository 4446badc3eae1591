package io.flowcore.worker.store.rocksdb;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.LevelMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileMetaData;

/**
 * The files of a column family at one moment, and what it costs to compact a range of them.
 *
 * @param levels the files of each level, from level 0; those of other levels are sorted and do not
 *     overlap each other
 * @param memoryBytes of entries that are not in a file yet, as they would be in one; tombstones do
 *     not count, because they take little space
 * @param bytesPerEntry on average; 1 if there are no files, so that bytes count entries
 */
record SortedFiles(List<List<File>> levels, long memoryBytes, double bytesPerEntry) {

  /** A file, with its size in bytes and its number of entries. */
  record File(KeyRange range, long bytes, long entries) {}

  static SortedFiles read(RocksDB db, ColumnFamilyHandle columnFamily) throws RocksDBException {
    List<List<File>> levels = new ArrayList<>();
    long bytes = 0;
    long entries = 0;
    for (LevelMetaData level : db.getColumnFamilyMetaData(columnFamily).levels()) {
      List<File> files = new ArrayList<>();
      for (SstFileMetaData file : level.files()) {
        files.add(
            new File(
                new KeyRange(file.smallestKey(), file.largestKey()),
                file.size(),
                file.numEntries()));
        bytes += file.size();
        entries += file.numEntries();
      }
      files.sort(Comparator.comparing(file -> file.range().first(), EventKeyCodec::compare));
      levels.add(files);
    }
    double bytesPerEntry = entries == 0 ? 1 : (double) bytes / entries;
    long memoryBytes = Math.round(entriesInMemory(db, columnFamily) * bytesPerEntry);
    return new SortedFiles(levels, memoryBytes, bytesPerEntry);
  }

  /** Returns the number of entries in memory that are not tombstones. */
  private static long entriesInMemory(RocksDB db, ColumnFamilyHandle columnFamily)
      throws RocksDBException {
    long entries = 0;
    for (String memory : List.of("active-mem-table", "imm-mem-tables")) {
      entries +=
          db.getLongProperty(columnFamily, "rocksdb.num-entries-" + memory)
              - db.getLongProperty(columnFamily, "rocksdb.num-deletes-" + memory);
    }
    return Math.max(0, entries);
  }

  /** Returns the files of the last level that has any; none if all files are in level 0. */
  List<File> lastLevel() {
    return belowLevel0().isEmpty() ? List.of() : belowLevel0().getLast();
  }

  private List<List<File>> belowLevel0() {
    return levels.stream().skip(1).filter(files -> !files.isEmpty()).toList();
  }

  private List<File> level0() {
    return levels.isEmpty() ? List.of() : levels.getFirst();
  }

  /**
   * What a compaction reads, which is more than it writes.
   *
   * @param touched the range of all files of the last level that it rewrites
   */
  record Cost(long bytes, KeyRange touched) {}

  /**
   * Estimates what it costs to compact a range. What is in memory and in level 0 usually contains
   * keys of all ranges, and is merged with all files of the next level that it overlaps. From there
   * on, the files that overlap the range are merged with those that they overlap.
   *
   * @param memory the range of the keys in memory
   */
  Cost costToCompact(KeyRange range, Optional<KeyRange> memory) {
    List<List<File>> levels = belowLevel0();
    KeyRange touched = range;
    long bytes = 0;
    Optional<KeyRange> upper = upper(memory).filter(range::overlaps);
    if (upper.isPresent()) {
      bytes += memoryBytes + bytes(level0());
      boolean isLast = levels.size() <= 1;
      if (isLast || overlapping(levels.getFirst(), range).isEmpty()) {
        touched = touched.hull(upper.get());
      }
      if (!isLast) {
        bytes += bytes(overlapping(levels.getFirst(), upper.get()));
      }
    }
    for (int i = 0; i < levels.size(); i++) {
      List<File> merged = overlapping(levels.get(i), touched);
      if (i > 0 || levels.size() == 1 || upper.isEmpty()) {
        bytes += bytes(merged);
      }
      for (File file : merged) {
        touched = touched.hull(file.range);
      }
    }
    return new Cost(bytes, touched);
  }

  /** Returns the range of what is in memory and in level 0. */
  private Optional<KeyRange> upper(Optional<KeyRange> memory) {
    return Stream.concat(memory.stream(), level0().stream().map(File::range))
        .reduce(KeyRange::hull);
  }

  private static List<File> overlapping(List<File> files, KeyRange range) {
    return files.stream().filter(file -> file.range.overlaps(range)).toList();
  }

  private static long bytes(List<File> files) {
    return files.stream().mapToLong(File::bytes).sum();
  }

  /** Returns the range of all files. */
  Optional<KeyRange> range() {
    return levels.stream().flatMap(List::stream).map(File::range).reduce(KeyRange::hull);
  }
}
