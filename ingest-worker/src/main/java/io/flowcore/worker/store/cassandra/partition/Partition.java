package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import java.util.Optional;

/**
 * What is known of a part.
 *
 * @param expires epoch second until which an event of it may be visible; not earlier than that, and
 *     up to {@link PartitionIndex#STEP_SECONDS} later
 * @param archivable whether an event of it is to be archived
 * @param archivedTo up to which event it is archived, if it is
 */
public record Partition(
    PartitionKey key, long expires, boolean archivable, Optional<EventId> archivedTo) {
  /** Behind every event. */
  public static final EventId ALL = EventId.last(EventTime.MAX_TICKS);

  /** Whether something of it waits to be archived. */
  public boolean waits() {
    return archivable && archivedTo.filter(ALL::equals).isEmpty();
  }

  /** Whether an event of it waits to be archived. */
  public boolean waits(StoredEvent event) {
    return event.details().archive()
        && (archivedTo.isEmpty() || event.id().compareTo(archivedTo.get()) > 0);
  }

  /** Whether readers may see an event of it. */
  boolean visible(StoredEvent event, long nowSecond) {
    return event.details().expiresAtSecond() > nowSecond || waits(event);
  }
}
