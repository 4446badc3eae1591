package io.flowcore.worker.disk;

/**
 * What uses the disk, in the order in which it stops when the free space falls. Each use leaves
 * space for those after it. What is then still free belongs to the write-ahead log and the memory
 * tables of RocksDB, which must reach the disk even if nothing else may.
 */
public enum DiskUse {
  /** New events and uploads. They stop when the whole reserve is all that is free. */
  INGEST("events are rejected", 1),

  /** New segments, and archives on the same disk. They stop at half of the reserve. */
  ARCHIVE("archiving is paused", 2),

  /** Commits, compaction, and renewals of the commit clock. They stop at a quarter. */
  STORE("the hot store writes nothing", 4);

  private final String consequence;
  private final int divisor;

  DiskUse(String consequence, int divisor) {
    this.consequence = consequence;
    this.divisor = divisor;
  }

  /** Returns what happens when this use stops. */
  String consequence() {
    return consequence;
  }

  /** Returns how many bytes this use leaves free, of a reserve. */
  long share(long reserve) {
    return reserve / divisor;
  }
}
