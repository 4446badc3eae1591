package io.flowcore.worker.event;

import java.util.Optional;

/**
 * The limits of a run of events. A run has at least one event, whatever the limits are.
 *
 * @param events the maximum number of events
 * @param bytes the run ends with the event that exceeds this size
 * @param before the run ends before this id, in the direction of reading
 */
public record RunLimit(int events, long bytes, Optional<EventId> before) {

  /** Returns this limit, or one that ends before another id if that id is read earlier. */
  public RunLimit before(EventId id, ReadOrder order) {
    boolean isEarlier =
        before.isEmpty() || order.<EventId>comparator().compare(id, before.get()) < 0;
    return isEarlier ? new RunLimit(events, bytes, Optional.of(id)) : this;
  }
}
