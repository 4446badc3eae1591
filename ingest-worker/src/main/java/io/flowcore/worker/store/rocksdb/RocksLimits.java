package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.util.Locale;

/**
 * Sizes of RocksDB in bytes, in memory and on disk. They are smaller on a small disk, because what
 * is in memory must fit on the disk at any time.
 *
 * @param memory memory tables and cached blocks together
 * @param memoryTables all memory tables; they are flushed when they reach this size
 * @param writeBuffer one memory table
 * @param log the write-ahead log, before memory tables are flushed to shorten it
 */
public record RocksLimits(long memory, long memoryTables, long writeBuffer, long log) {
  /** Blocks that stay cached while the memory tables are full. */
  private static final long MIN_BLOCK_CACHE = 64L << 20;

  private static final long MIN_MEMORY_TABLES = 16L << 20;
  private static final long MAX_MEMORY_TABLES = 128L << 20;
  private static final int DISK_PER_MEMORY_TABLE = 32;
  private static final long MAX_WRITE_BUFFER = 64L << 20;
  private static final long MAX_LOG = 512L << 20;
  private static final int DISK_PER_LOG = 16;

  /**
   * The last of the uses of {@link DiskUse} leaves a quarter of the reserve. All memory tables must
   * fit into it.
   */
  private static final int RESERVE_PER_MEMORY_TABLES = 4;

  /** The smallest reserve, and as much for events. */
  private static final long MIN_DISK = 2 * RESERVE_PER_MEMORY_TABLES * MIN_MEMORY_TABLES;

  /** File systems use a part of a volume for themselves: a fifth of a small one. */
  private static final long MIN_USABLE_DISK = MIN_DISK / 5 * 4;

  static RocksLimits forDisk(long total) {
    long tables = Math.clamp(total / DISK_PER_MEMORY_TABLE, MIN_MEMORY_TABLES, MAX_MEMORY_TABLES);
    return new RocksLimits(
        tables + MIN_BLOCK_CACHE,
        tables,
        Math.min(MAX_WRITE_BUFFER, tables / 2),
        Math.max(tables, Math.min(MAX_LOG, total / DISK_PER_LOG)));
  }

  /** Returns the smallest reserve of a disk of some size. */
  public static long minReserve(long total) {
    return RESERVE_PER_MEMORY_TABLES * forDisk(total).memoryTables();
  }

  /**
   * Checks that a disk and its reserve are large enough.
   *
   * @throws StoreException with a message for the administrator
   */
  static void check(DiskSpace disk) throws StoreException {
    if (disk.total() < MIN_USABLE_DISK) {
      throw new StoreException(
          Kind.UNUSABLE,
          String.format(
              Locale.ROOT,
              "the volume of the data directory has %,d bytes, and the hot store needs %,d; use a volume of at least %d MiB",
              disk.total(),
              MIN_USABLE_DISK,
              MIN_DISK >> 20));
    }
    long reserve = disk.reserve(DiskUse.INGEST);
    long min = minReserve(disk.total());
    if (reserve < min) {
      throw new StoreException(
          Kind.UNUSABLE,
          String.format(
              Locale.ROOT,
              "the disk reserve is %,d bytes, and a disk of %,d bytes needs at least %,d, so that what is in memory can be"
                  + " written; set --disk-reserve to %dMi or more, or omit it",
              reserve,
              disk.total(),
              min,
              (min + (1L << 20) - 1) >> 20));
    }
  }
}
