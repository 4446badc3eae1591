package io.flowcore.worker.store.cassandra.cql;

import io.flowcore.worker.event.EventTime;
import java.time.Instant;

/**
 * Write timestamps, in microseconds. Cassandra keeps the value with the highest timestamp, so a
 * timestamp derived from the value itself makes concurrent writes independent of their order.
 */
public final class WriteTimestamps {
  /**
   * The timestamp of deletions of index and member rows: higher than that of any such row, and in
   * the past, as ScyllaDB requires.
   */
  public static final long DELETION = 1_000_000_000_000_000L;

  /** Maps the seconds of a century to timestamps below {@link #DELETION}. */
  private static final long MICROS_PER_SECOND_OF_RANK = 100_000;

  private static final int TICKS_PER_MICRO = 10;
  private static final long UNIX_EPOCH_TICKS = EventTime.toTicks(Instant.EPOCH);

  private WriteTimestamps() {}

  /** Returns the timestamp of a write at an instant in ticks: microseconds since 1970. */
  public static long ofTicks(long ticks) {
    return (ticks - UNIX_EPOCH_TICKS) / TICKS_PER_MICRO;
  }

  /**
   * Returns a timestamp that ranks writes by an epoch second: the write with the latest second
   * wins. The timestamp is far in the past, since it does not denote a time.
   */
  public static long rankedBySecond(long second) {
    return second * MICROS_PER_SECOND_OF_RANK;
  }
}
