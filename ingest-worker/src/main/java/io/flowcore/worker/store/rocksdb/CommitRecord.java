package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/**
 * What each group records about itself, in the same batch as its events. Groups are written one at
 * a time, and the next number is used only after a write has succeeded. Therefore, the record of
 * group n proves that group n - 1 was synced, and that its events may have been acknowledged.
 *
 * <p>A write that failed because the disk was full may be in a log nevertheless. The next group
 * then has the same number. The group that counts is the one that its successor names by {@code
 * previousInstant}.
 *
 * @param reserved the reservation of the {@link CommitClock}, in ticks
 * @param number of the group, counted from 1 over the lifetime of the store
 * @param lastInstant the last instant up to this group, in ticks
 * @param eventsBefore the events of all earlier groups
 * @param events the events of this group
 * @param previousInstant the last instant of the group with the number before. No two groups with
 *     events have the same, not even if the write of one failed
 */
record CommitRecord(
    long reserved,
    long number,
    long lastInstant,
    long eventsBefore,
    int events,
    long previousInstant) {
  /** The state of a store without groups. */
  static final CommitRecord NONE = new CommitRecord(0, 0, 0, 0, 0, 0);

  /** The key in the column family {@link RocksFiles#meta}. */
  static final byte[] KEY = "clock".getBytes(UTF_8);

  private static final int LENGTH = 5 * Long.BYTES + Integer.BYTES;

  /** Returns the record of the next group. */
  CommitRecord next(long reserved, long lastInstant, int events) {
    return new CommitRecord(
        reserved, number + 1, lastInstant, totalEvents(), events, this.lastInstant);
  }

  /**
   * Returns whether no acknowledged group is missing between this one and one that was written
   * later.
   */
  boolean mayPrecede(CommitRecord later) {
    return later.number <= number
        || (later.number == number + 1 && later.previousInstant == lastInstant);
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
        .putLong(previousInstant)
        .array();
  }

  /** Decodes a record. One that is shorter has only the reservation. */
  static CommitRecord decode(ByteBuffer value) {
    long reserved = value.getLong();
    return value.remaining() < LENGTH - Long.BYTES
        ? new CommitRecord(reserved, 0, 0, 0, 0, 0)
        : new CommitRecord(
            reserved,
            value.getLong(),
            value.getLong(),
            value.getLong(),
            value.getInt(),
            value.getLong());
  }
}
