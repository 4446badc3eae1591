package io.flowcore.worker.store.cassandra.partition;

/**
 * How large the rows of a part are at most. Answers of the database are bounded in rows only, so
 * large events lie apart from small ones; whoever reads knows what so many rows take.
 */
public enum SizeClass {
  SMALL(0, 2 << 10, 500),
  MEDIUM(1, 16 << 10, 64),
  LARGE(2, 128 << 10, 8),
  HUGE(3, Integer.MAX_VALUE, 1);

  /** More splits than one minute can have. */
  private static final int SPLITS = 1_000_000;

  /** Stands in the keys of parts. */
  private final int number;

  private final int maxBytes;
  private final int rows;

  SizeClass(int number, int maxBytes, int rows) {
    this.number = number;
    this.maxBytes = maxBytes;
    this.rows = rows;
  }

  /** Of a row. */
  public static SizeClass of(int bytes) {
    for (SizeClass one : values()) {
      if (bytes <= one.maxBytes) {
        return one;
      }
    }
    throw new IllegalStateException("every size has a class");
  }

  /** Of a part. */
  public static SizeClass of(PartitionKey key) {
    for (SizeClass one : values()) {
      if (one.number == key.split() / SPLITS) {
        return one;
      }
    }
    throw new IllegalStateException("a newer release has written the part " + key);
  }

  /** How many rows may be read at once: about a mebibyte, or one. */
  public int rows() {
    return rows;
  }

  /** The split of a part by its number. */
  public int split(int next) {
    return number * SPLITS + Math.min(next, SPLITS - 1);
  }
}
