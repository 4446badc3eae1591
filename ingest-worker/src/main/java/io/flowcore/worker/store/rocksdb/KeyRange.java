package io.flowcore.worker.store.rocksdb;

/** A range of keys; both ends belong to it. */
record KeyRange(byte[] first, byte[] last) {

  boolean overlaps(KeyRange other) {
    return EventKeyCodec.compare(first, other.last) <= 0
        && EventKeyCodec.compare(other.first, last) <= 0;
  }

  boolean isBefore(KeyRange other) {
    return EventKeyCodec.compare(last, other.first) < 0;
  }

  /** Returns the smallest range that contains both. */
  KeyRange hull(KeyRange other) {
    return new KeyRange(
        EventKeyCodec.compare(first, other.first) <= 0 ? first : other.first,
        EventKeyCodec.compare(last, other.last) >= 0 ? last : other.last);
  }
}
