package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.util.UUID;

/**
 * A partition of events.
 *
 * @param minute of event time, counted as {@link TimeBucket} counts hours
 * @param arrival the hour in which they were committed
 * @param split a class of sizes and a number that goes up where a part has grown large; see {@link
 *     SizeClass}
 */
public record PartitionKey(UUID eventType, int minute, int arrival, int split) {
  private static final long TICKS_PER_MINUTE = 60 * EventTime.PER_SECOND;
  private static final int MINUTES_PER_HOUR = 60;

  /** The minute of an event time in ticks. */
  static int minute(long ticks) {
    return (int) (ticks / TICKS_PER_MINUTE);
  }

  TimeBucket hour() {
    return new TimeBucket(minute / MINUTES_PER_HOUR);
  }
}
