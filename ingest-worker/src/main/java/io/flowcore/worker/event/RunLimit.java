package io.flowcore.worker.event;

import java.util.Optional;

/**
 * The limits of a run of events. A run has at least one event, whatever the limits.
 *
 * @param events the maximum number of events
 * @param bytes the run ends at the event that reaches this size
 * @param before the run ends before this id, in the direction of the read
 */
public record RunLimit(int events, long bytes, Optional<EventId> before) {

  /** Returns these limits, with a run that also ends before an id. */
  public RunLimit before(EventId id, ReadOrder order) {
    boolean nearer = before.isEmpty() || order.<EventId>comparator().compare(id, before.get()) < 0;
    return nearer ? new RunLimit(events, bytes, Optional.of(id)) : this;
  }
}
