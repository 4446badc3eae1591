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
 * @param stoppedAt the last event that was skipped, if the read stopped there because it skipped
 *     too many expired events; later than the events of the page
 * @param skipped how many expired events were skipped
 */
public record EventPage(
    List<StoredEvent> events,
    boolean complete,
    Optional<EventId> damagedAt,
    Optional<EventId> stoppedAt,
    int skipped) {

  /** Returns the last page of a range. */
  public static EventPage last(List<StoredEvent> events) {
    return new EventPage(events, true, Optional.empty(), Optional.empty(), 0);
  }

  /** Returns a page that other events follow. */
  public static EventPage more(List<StoredEvent> events) {
    return new EventPage(events, false, Optional.empty(), Optional.empty(), 0);
  }

  /** Returns a page that a damaged event follows. */
  public static EventPage untilDamage(List<StoredEvent> events, EventId damaged) {
    return new EventPage(events, false, Optional.of(damaged), Optional.empty(), 0);
  }

  /** Returns a page that ends because too many expired events follow it. */
  public static EventPage untilSkipped(List<StoredEvent> events, EventId last) {
    return new EventPage(events, false, Optional.empty(), Optional.of(last), 0);
  }

  /** Returns a copy with the number of events that were skipped. */
  public EventPage withSkipped(int count) {
    return new EventPage(events, complete, damagedAt, stoppedAt, count);
  }
}
