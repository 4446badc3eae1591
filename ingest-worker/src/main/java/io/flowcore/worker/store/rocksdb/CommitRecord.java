package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/**
 * What each group records about itself, in the same batch as its events. Groups are written one at
 * a time, and a failed write is final. Therefore, the record of group n proves that group n - 1 was
 * synced, and that its events may have been acknowledged.
 *
 * @param reserved the reservation of the {@link CommitClock}, in ticks
 * @param number of the group, counted from 1 over the lifetime of the store
 * @param lastInstant the last instant up to this group, in ticks
 * @param eventsBefore the events of all earlier groups
 * @param events the events of this group
 */
record CommitRecord(long reserved, long number, long lastInstant, long eventsBefore, int events) {
  /** The state of a store without groups. */
  static final CommitRecord NONE = new CommitRecord(0, 0, 0, 0, 0);

  /** The key in the column family {@link RocksFiles#meta}. */
  static final byte[] KEY = "clock".getBytes(UTF_8);

  private static final int LENGTH = 4 * Long.BYTES + Integer.BYTES;

  /** Returns the record of the next group. */
  CommitRecord next(long reserved, long lastInstant, int events) {
    return new CommitRecord(reserved, number + 1, lastInstant, totalEvents(), events);
  }

  /** Returns the events of all groups up to this one. */
  long totalEvents() {
    return eventsBefore + events;
  }

  byte[] encode() {
    return ByteBuffer.allocate(LENGTH)
        .putLong(reserved)
        .putLong(number)
        .putLong(lastInstant)
        .putLong(eventsBefore)
        .putInt(events)
        .array();
  }

  /** Decodes a record. One that is shorter has only the reservation. */
  static CommitRecord decode(ByteBuffer value) {
    long reserved = value.getLong();
    return value.remaining() < LENGTH - Long.BYTES
        ? new CommitRecord(reserved, 0, 0, 0, 0)
        : new CommitRecord(
            reserved, value.getLong(), value.getLong(), value.getLong(), value.getInt());
  }
}
