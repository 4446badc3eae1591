package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import org.rocksdb.Env;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;

/**
 * Lets RocksDB compact only what fits on the disk above the reserve of the store. RocksDB itself
 * looks at the free space only after a write has failed. It defers a compaction that does not fit,
 * and looks again after a second.
 */
final class CompactionSpace implements AutoCloseable {
  /**
   * Added to both sides of RocksDB's comparison, so that it applies to compactions only: a flush
   * fails when the files themselves reach the limit, which they cannot between two updates.
   */
  private static final long HEADROOM = 1L << 30;

  private final SstFileManager manager;
  private final DiskSpace disk;
  private volatile long limit;

  CompactionSpace(DiskSpace disk) throws RocksDBException {
    this.disk = disk;
    manager = new SstFileManager(Env.getDefault());
    manager.setCompactionBufferSize(HEADROOM);
    update();
  }

  SstFileManager manager() {
    return manager;
  }

  /** Adapts the limit to the free space. Called after the database was opened, and at intervals. */
  void update() {
    limit = manager.getTotalSize() + HEADROOM + room();
    manager.setMaxAllowedSpaceUsage(limit);
  }

  /** Returns the size of all files, in bytes, that RocksDB may not exceed: without the headroom. */
  long limit() {
    return limit - HEADROOM;
  }

  /** Returns the bytes that compactions may use. */
  private long room() {
    return Math.clamp(disk.free() - disk.reserve(DiskUse.STORE), 0, Long.MAX_VALUE / 4);
  }

  @Override
  public void close() {
    manager.close();
  }
}
