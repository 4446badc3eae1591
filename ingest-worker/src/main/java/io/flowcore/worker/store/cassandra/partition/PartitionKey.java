package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.util.UUID;

/**
 * The key of a partition of events.
 *
 * @param minute the minute of event time, counted as {@link TimeBucket} counts hours
 * @param ingestHour the hour in which the events were ingested, counted as {@link TimeBucket} does
 * @param shard the size class of the events, and a number that increases when a partition has grown
 *     large; see {@link SizeClass}
 */
public record PartitionKey(UUID eventType, int minute, int ingestHour, int shard) {
  private static final long TICKS_PER_MINUTE = 60 * EventTime.PER_SECOND;
  private static final int MINUTES_PER_HOUR = 60;

  /** Returns the minute of an event time in ticks. */
  static int minute(long ticks) {
    return (int) (ticks / TICKS_PER_MINUTE);
  }

  /** Returns the hour of event time. */
  public TimeBucket hour() {
    return new TimeBucket(minute / MINUTES_PER_HOUR);
  }
}
