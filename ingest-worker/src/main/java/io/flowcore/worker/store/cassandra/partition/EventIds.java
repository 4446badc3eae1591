package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import java.nio.ByteBuffer;

/**
 * Ids of events: unique among all workers and all their starts, since a worker's number is never
 * given twice. The 60 bits that keep events of one instant apart hold that number (23 bits) and
 * behind it how many events the worker has numbered since it joined (37 bits), so that events of
 * one worker that name one instant are in the order of their commits.
 */
public final class EventIds {
  private static final int SEQUENCE_BITS = 37;

  /** A worker that has numbered so many events has to join anew. */
  public static final long MOST_EVENTS = 1L << SEQUENCE_BITS;

  /** Starts of workers that a keyspace can see: eight million. */
  public static final long MOST_INCARNATIONS = (1L << (60 - SEQUENCE_BITS)) - 1;

  private static final int LENGTH = 16;

  private EventIds() {}

  static EventId of(long ticks, long incarnation, long sequence) {
    return EventId.of(ticks, incarnation << SEQUENCE_BITS | sequence);
  }

  /** As a clustering key: bytes sort as ids do. */
  public static ByteBuffer bytes(EventId id) {
    return ByteBuffer.allocate(LENGTH).putLong(id.ticks()).putLong(id.low()).flip();
  }

  public static EventId read(ByteBuffer bytes) {
    return new EventId(
        bytes.getLong(bytes.position()), bytes.getLong(bytes.position() + Long.BYTES));
  }
}
