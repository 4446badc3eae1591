package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskUse;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Compacts ranges with many tombstones. RocksDB keeps the tombstone of a deleted entry until its
 * files are compacted, which it does because of their size only. Until then, a search for the first
 * entry of a deleted hour reads all tombstones: about 50 ns each, so 20 ms for an hour of 400,000
 * events, for every page of a query.
 *
 * <p>A range is compacted if more entries were deleted than remain, so that the cost is
 * proportional to the deletions. Ranges that a crash makes this forget are left to RocksDB. Used by
 * one thread at a time.
 */
final class TombstoneCompactor {
  /** Fewer tombstones cost a reader less than a tenth of a millisecond. */
  private static final int MIN_TOMBSTONES = 1_000;

  private static final long INTERVAL_SECONDS = 10;

  /** The maximum number of ranges to track. Further ranges are left to RocksDB. */
  private static final int MAX_RANGES = 10_000;

  private final RocksFiles files;
  private final ColumnFamilyHandle columnFamily;
  private final Function<byte[], Object> grouping;
  private final Map<Object, DeletedRange> ranges = new LinkedHashMap<>();
  private long compactedAtSecond;

  /** The first and last deleted key of a group, and the number of deleted keys. */
  private static final class DeletedRange {
    private byte[] first;
    private byte[] last;
    private int deleted;

    DeletedRange(byte[] key) {
      first = key;
      last = key;
    }

    void add(byte[] key) {
      first = EventKeyCodec.compare(key, first) < 0 ? key : first;
      last = EventKeyCodec.compare(key, last) > 0 ? key : last;
      deleted++;
    }
  }

  /**
   * Creates a compactor for a column family.
   *
   * @param grouping returns the group of a key; the keys of a group are adjacent and mostly deleted
   *     together
   */
  TombstoneCompactor(
      RocksFiles files, ColumnFamilyHandle columnFamily, Function<byte[], Object> grouping) {
    this.files = files;
    this.columnFamily = columnFamily;
    this.grouping = grouping;
  }

  /** Records that an entry was deleted. */
  void deleted(byte[] key) {
    Object group = grouping.apply(key);
    DeletedRange range = ranges.get(group);
    if (range == null && ranges.size() < MAX_RANGES) {
      range = new DeletedRange(key);
      ranges.put(group, range);
    }
    if (range != null) {
      range.add(key);
    }
  }

  /** Compacts ranges with enough tombstones, at most every {@value #INTERVAL_SECONDS} seconds. */
  void compact(long nowSecond) throws RocksDBException {
    if (Math.abs(nowSecond - compactedAtSecond) < INTERVAL_SECONDS
        || files.environment().disk().obstacle(DiskUse.STORE, 0).isPresent()) {
      return;
    }
    compactedAtSecond = nowSecond;
    Iterator<DeletedRange> iterator = ranges.values().iterator();
    while (iterator.hasNext()) {
      DeletedRange range = iterator.next();
      if (range.deleted >= MIN_TOMBSTONES) {
        iterator.remove();
        if (isMostlyDeleted(range)) {
          compact(range);
        }
      }
    }
    if (ranges.size() == MAX_RANGES) {
      ranges.clear();
    }
  }

  private boolean isMostlyDeleted(DeletedRange range) throws RocksDBException {
    try (Slice bound = new Slice(EventKeyCodec.successor(range.last));
        ReadOptions options = new ReadOptions().setIterateUpperBound(bound).setFillCache(false);
        RocksIterator remaining = files.db().newIterator(columnFamily, options)) {
      int count = 0;
      for (remaining.seek(range.first);
          remaining.isValid() && count < range.deleted;
          remaining.next()) {
        count++;
      }
      remaining.status();
      return count < range.deleted;
    }
  }

  private void compact(DeletedRange range) throws RocksDBException {
    // Forced, because a file that overlaps no other would be moved to the last level unchanged.
    try (CompactRangeOptions options =
        new CompactRangeOptions()
            .setExclusiveManualCompaction(false)
            .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized)) {
      files
          .db()
          .compactRange(columnFamily, range.first, EventKeyCodec.successor(range.last), options);
    }
  }
}
