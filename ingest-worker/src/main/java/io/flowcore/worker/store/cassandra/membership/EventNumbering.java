package io.flowcore.worker.store.cassandra.membership;

/**
 * Divides the 60 bits of an event id that distinguish events of one instant: the incarnation of the
 * worker (23 bits), then the event's sequence number within that incarnation (37 bits).
 *
 * <p>An incarnation is never assigned twice, so the ids of all workers are unique. Events of one
 * worker that have the same event time are in commit order.
 */
public final class EventNumbering {
  private static final int SEQUENCE_BITS = 37;

  /** The number of events after which a worker must rejoin with a new incarnation. */
  static final long MAX_SEQUENCE = 1L << SEQUENCE_BITS;

  /** The highest incarnation: a keyspace supports about eight million joins of workers. */
  static final long MAX_INCARNATION = (1L << (60 - SEQUENCE_BITS)) - 1;

  private EventNumbering() {}

  /** Returns the lower 60 bits of an event id. */
  public static long number(long incarnation, long sequence) {
    return incarnation << SEQUENCE_BITS | sequence;
  }
}
