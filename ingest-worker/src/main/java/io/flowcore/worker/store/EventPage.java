package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import java.util.List;
import java.util.Optional;

/**
 * A page of events in the order of a read.
 *
 * @param complete whether the range has no more events after these
 * @param damagedAt the event after these, if its record is damaged
 */
public record EventPage(List<StoredEvent> events, boolean complete, Optional<EventId> damagedAt) {

  /** Returns the last page of a range. */
  public static EventPage last(List<StoredEvent> events) {
    return new EventPage(events, true, Optional.empty());
  }

  /** Returns a page that other events follow. */
  public static EventPage more(List<StoredEvent> events) {
    return new EventPage(events, false, Optional.empty());
  }

  /** Returns a page that a damaged event follows. */
  public static EventPage untilDamage(List<StoredEvent> events, EventId damaged) {
    return new EventPage(events, false, Optional.of(damaged));
  }
}
