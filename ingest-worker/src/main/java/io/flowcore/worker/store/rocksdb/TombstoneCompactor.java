package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskUse;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts ranges with many tombstones. RocksDB keeps the tombstone of a deleted entry until its
 * files are compacted, which it does because of their size only. Until then, a search for the first
 * entry of a deleted hour reads all tombstones: about 50 ns each, so 20 ms for an hour of 400,000
 * events, for every page of a query.
 *
 * <p>{@link CompactionPlan} keeps the cost proportional to the deletions. Compactions run on a
 * thread of their own, because they may take minutes, and hold no lock.
 */
final class TombstoneCompactor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TombstoneCompactor.class);
  private static final long INTERVAL_SECONDS = 10;

  private final RocksFiles files;
  private final Map<ColumnFamilyHandle, DeletedKeys> deletedKeys;
  private final CompactRangeOptions options;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("tombstone-compaction").daemon().factory());
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile boolean closed;
  private volatile long startedAtSecond;

  TombstoneCompactor(RocksFiles files, Map<ColumnFamilyHandle, DeletedKeys> deletedKeys) {
    this.files = files;
    this.deletedKeys = Map.copyOf(deletedKeys);
    options =
        new CompactRangeOptions()
            .setExclusiveManualCompaction(false)
            // Forced, because a file that overlaps no other would be moved to the last level
            // unchanged.
            .setBottommostLevelCompaction(BottommostLevelCompaction.kForceOptimized)
            // RocksDB reads this flag later only if it was set before the compaction.
            .setCanceled(false);
  }

  /**
   * Starts the compaction of ranges with enough tombstones, at most every {@value
   * #INTERVAL_SECONDS} seconds, if the disk has space for it. Does not wait for it.
   */
  void start(long nowSecond) {
    if (Math.abs(nowSecond - startedAtSecond) >= INTERVAL_SECONDS
        && files.environment().disk().obstacle(DiskUse.STORE, 0).isEmpty()
        && running.compareAndSet(false, true)) {
      startedAtSecond = nowSecond;
      thread.execute(this::run);
    }
  }

  /** Compacts, on the caller's thread. */
  void run() {
    try {
      for (var entry : deletedKeys.entrySet()) {
        SortedFiles sorted = SortedFiles.read(files.db(), entry.getKey());
        for (KeyRange range : entry.getValue().takeRangesToCompact(sorted)) {
          compact(entry.getKey(), range);
        }
      }
    } catch (RocksDBException | RuntimeException e) {
      if (!closed) {
        LOG.warn("Could not compact expired entries; queries of expired hours may be slow", e);
      }
    } finally {
      running.set(false);
    }
  }

  private void compact(ColumnFamilyHandle columnFamily, KeyRange range) throws RocksDBException {
    if (!closed) {
      files
          .db()
          .compactRange(
              columnFamily, range.first(), EventKeyCodec.successor(range.last()), options);
    }
  }

  /** Cancels the compaction in progress, and all others of the database. */
  @Override
  public void close() {
    closed = true;
    options.setCanceled(true);
    // A compaction that waits for a background thread does not see the flag.
    files.db().cancelAllBackgroundWork(false);
    thread.close();
    options.close();
  }
}
