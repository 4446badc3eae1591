package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import java.util.Optional;

/**
 * A partition as the index describes it.
 *
 * @param expiresAt epoch second after which none of its events is visible because of its TTL; at
 *     most {@link PartitionIndex#EXPIRY_STEP_SECONDS} later than necessary
 * @param requiresArchive whether the partition contains events that must be archived
 * @param archivedThrough the last event up to which the partition is archived; empty if nothing is
 *     archived
 */
public record Partition(
    PartitionKey key, long expiresAt, boolean requiresArchive, Optional<EventId> archivedThrough) {
  /**
   * Follows every event: the value of {@code archivedThrough} of a completely archived partition.
   */
  public static final EventId ALL = EventId.last(EventTime.MAX_TICKS);

  /** Returns whether the partition may contain events that are pending archive. */
  public boolean isPendingArchive() {
    return requiresArchive && archivedThrough.filter(ALL::equals).isEmpty();
  }

  /** Returns whether an event of this partition is pending archive. */
  public boolean isPendingArchive(StoredEvent event) {
    return event.details().archive()
        && (archivedThrough.isEmpty() || event.id().compareTo(archivedThrough.get()) > 0);
  }

  /** Returns whether readers may see an event of this partition. */
  boolean isVisible(StoredEvent event, long nowSecond) {
    return event.details().expiresAtSecond() > nowSecond || isPendingArchive(event);
  }
}
