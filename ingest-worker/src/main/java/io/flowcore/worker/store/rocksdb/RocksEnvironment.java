package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskSpace;
import java.util.List;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBufferManager;

/** What a database shares with the rest of the process, within limits: memory and disk. */
final class RocksEnvironment implements AutoCloseable {
  /** Few shards, so that each is large enough for the index blocks that are used together. */
  private static final int CACHE_SHARD_BITS = 2;

  private final DiskSpace disk;
  private final RocksLimits limits;
  private final LRUCache cache;
  private final WriteBufferManager memoryTables;
  private final CompactionSpace compactions;
  private final BackgroundErrors errors;

  RocksEnvironment(DiskSpace disk, RocksLimits limits) throws RocksDBException {
    this.disk = disk;
    this.limits = limits;
    cache = new LRUCache(limits.memory(), CACHE_SHARD_BITS);
    // Memory tables are charged to the cache, so that its size bounds both. Writes do not wait when
    // they are full: they are flushed, and the queue of the committer is bounded.
    memoryTables = new WriteBufferManager(limits.memoryTables(), cache, false);
    compactions = new CompactionSpace(disk);
    errors = new BackgroundErrors(disk);
  }

  /** Adds the limits to the options of a database. */
  void applyTo(DBOptions options) {
    options
        .setWriteBufferManager(memoryTables)
        .setMaxTotalWalSize(limits.log())
        .setSstFileManager(compactions.manager())
        .setListeners(List.of(errors));
  }

  /** Returns the space of compactions. It is updated at intervals, and once after opening. */
  CompactionSpace compactions() {
    return compactions;
  }

  LRUCache cache() {
    return cache;
  }

  DiskSpace disk() {
    return disk;
  }

  /** Returns the errors of RocksDB's own threads. */
  BackgroundErrors errors() {
    return errors;
  }

  /** Adapts the limits to the free space, and logs what has changed. Called at intervals. */
  void update() {
    compactions.update();
    disk.logChanges();
  }

  @Override
  public void close() {
    errors.close();
    compactions.close();
    memoryTables.close();
    cache.close();
  }
}
