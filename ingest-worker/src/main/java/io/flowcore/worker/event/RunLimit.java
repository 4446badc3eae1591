package io.flowcore.worker.event;

import java.util.Optional;

/**
 * Where a run of events ends at the latest. It holds one event at least, whatever these say.
 *
 * @param events at most so many
 * @param bytes ends at the event that crosses them
 * @param before an id, in the direction of reading, that no further event may reach
 */
public record RunLimit(int events, long bytes, Optional<EventId> before) {

  /** The same, and not as far as another id. */
  public RunLimit before(EventId id, boolean ascending) {
    boolean nearer =
        before.isEmpty()
            || (ascending ? id.compareTo(before.get()) < 0 : id.compareTo(before.get()) > 0);
    return nearer ? new RunLimit(events, bytes, Optional.of(id)) : this;
  }
}
