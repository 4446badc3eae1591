package io.flowcore.worker.store.cassandra.partition;

/**
 * The maximum size of the rows of a partition. Cassandra limits a result only by its number of
 * rows, so large events are stored in other partitions than small ones. A reader then knows how
 * many bytes a number of rows can have.
 */
public enum SizeClass {
  SMALL(0, 2 << 10, 500),
  MEDIUM(1, 16 << 10, 64),
  LARGE(2, 128 << 10, 8),
  HUGE(3, Integer.MAX_VALUE, 1);

  /** More shards than one minute of events can have. */
  private static final int SHARDS_PER_CLASS = 1_000_000;

  /** The part of a shard number that identifies the class; stored in the keys of partitions. */
  private final int code;

  private final int maxBytes;
  private final int rows;

  SizeClass(int code, int maxBytes, int rows) {
    this.code = code;
    this.maxBytes = maxBytes;
    this.rows = rows;
  }

  /** Returns the class of a row of some bytes. */
  public static SizeClass of(int bytes) {
    for (SizeClass sizeClass : values()) {
      if (bytes <= sizeClass.maxBytes) {
        return sizeClass;
      }
    }
    throw new IllegalStateException("every size has a class");
  }

  /**
   * Returns the class of a partition.
   *
   * @throws IllegalStateException if the class is unknown
   */
  public static SizeClass of(PartitionKey key) {
    for (SizeClass sizeClass : values()) {
      if (sizeClass.code == key.shard() / SHARDS_PER_CLASS) {
        return sizeClass;
      }
    }
    throw new IllegalStateException(
        "unknown size class of partition " + key + "; it was written by a newer release");
  }

  /** Returns how many rows may be read at once: about 1 MiB, at least one row. */
  public int rows() {
    return rows;
  }

  /** Returns the shard of this class with a number, starting at 0. */
  public int shard(int number) {
    return code * SHARDS_PER_CLASS + Math.min(number, SHARDS_PER_CLASS - 1);
  }
}
