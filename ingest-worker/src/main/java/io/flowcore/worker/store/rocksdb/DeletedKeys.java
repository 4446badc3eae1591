package io.flowcore.worker.store.rocksdb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Counts the keys that were deleted from a column family since their files were compacted. In
 * memory only: what a restart makes it forget is left to RocksDB.
 */
final class DeletedKeys {
  /** The maximum number of groups. Deletions of further ones are left to RocksDB. */
  private static final int MAX_GROUPS = 10_000;

  private final Function<byte[], Object> grouping;
  private final Map<Object, DeletedRange> ranges = new HashMap<>();

  /**
   * Creates an empty count.
   *
   * @param grouping returns the group of a key; the keys of a group are adjacent
   */
  DeletedKeys(Function<byte[], Object> grouping) {
    this.grouping = grouping;
  }

  /** Records that an entry was deleted. */
  synchronized void add(byte[] key) {
    Object group = grouping.apply(key);
    DeletedRange range = ranges.get(group);
    if (range == null && ranges.size() < MAX_GROUPS) {
      range = new DeletedRange(key);
      ranges.put(group, range);
    }
    if (range != null) {
      range.add(key);
    }
  }

  /** Returns the ranges that are worth a compaction, and stops counting the keys in them. */
  synchronized List<KeyRange> takeRangesToCompact(SortedFiles files) {
    CompactionPlan plan = new CompactionPlan(files);
    ranges.values().forEach(plan::add);
    List<KeyRange> chosen = new ArrayList<>(plan.choose());
    ranges.values().removeIf(range -> !plan.retainRest(range));
    return chosen;
  }
}
