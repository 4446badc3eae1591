package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.cassandra.membership.EventNumbering;
import java.nio.ByteBuffer;

/** Creates event ids, and encodes them as a clustering key: the bytes sort as the ids do. */
public final class EventIds {
  private static final int LENGTH = 16;

  private EventIds() {}

  /** Returns a unique id; see {@link EventNumbering}. */
  static EventId create(long ticks, long incarnation, long sequence) {
    return EventId.of(ticks, EventNumbering.number(incarnation, sequence));
  }

  /** Encodes an id. */
  public static ByteBuffer bytes(EventId id) {
    return ByteBuffer.allocate(LENGTH).putLong(id.ticks()).putLong(id.low()).flip();
  }

  /** Decodes an id. */
  public static EventId read(ByteBuffer bytes) {
    return new EventId(
        bytes.getLong(bytes.position()), bytes.getLong(bytes.position() + Long.BYTES));
  }
}
