package io.flowcore.worker.store.rocksdb;

/** The first and last deleted key of a group, and the number of deleted keys. */
final class DeletedRange {
  private KeyRange range;
  private long count;

  DeletedRange(byte[] key) {
    range = new KeyRange(key, key);
  }

  void add(byte[] key) {
    range = range.hull(new KeyRange(key, key));
    count++;
  }

  KeyRange range() {
    return range;
  }

  long count() {
    return count;
  }

  /** Keeps a part of the keys, which are assumed to be evenly distributed. */
  void retain(KeyRange part, long partCount) {
    range = part;
    count = partCount;
  }
}
