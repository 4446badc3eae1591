package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import java.util.List;
import java.util.Optional;

/**
 * Events in order.
 *
 * @param complete whether the range holds no more events behind these
 * @param damagedAt the event behind these, if its record is damaged and can't be read
 */
public record EventPage(List<StoredEvent> events, boolean complete, Optional<EventId> damagedAt) {

  /** The last events of a range. */
  public static EventPage last(List<StoredEvent> events) {
    return new EventPage(events, true, Optional.empty());
  }

  /** Events that more follow. */
  public static EventPage more(List<StoredEvent> events) {
    return new EventPage(events, false, Optional.empty());
  }

  /** Events up to one that can't be read. */
  public static EventPage untilDamage(List<StoredEvent> events, EventId damaged) {
    return new EventPage(events, false, Optional.of(damaged));
  }
}
