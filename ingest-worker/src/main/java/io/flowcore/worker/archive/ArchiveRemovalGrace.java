package io.flowcore.worker.archive;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A grace period after an event type stopped being archived. Events that were accepted for an
 * archive are released without one only after this period: a manifest that is wrong for some
 * minutes must not lose acknowledged events. Safe for use by many threads.
 */
final class ArchiveRemovalGrace {
  /** Starts again when the process restarts. */
  static final Duration PERIOD = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(ArchiveRemovalGrace.class);

  private final Clock clock;
  private final Map<UUID, Instant> startedAt = new HashMap<>();

  /** The event types that the current pass has found. */
  private final Set<UUID> found = new HashSet<>();

  private int startedInPass;

  ArchiveRemovalGrace(Clock clock) {
    this.clock = clock;
  }

  /** Begins to look for event types that have pending events and are not archived. */
  synchronized void startListing() {
    found.clear();
    startedInPass = 0;
  }

  /** Starts the period of an event type, unless it has started. */
  synchronized void found(UUID eventTypeId) {
    found.add(eventTypeId);
    if (startedAt.putIfAbsent(eventTypeId, clock.instant()) == null) {
      startedInPass++;
    }
  }

  /**
   * Ends the periods of all other event types, because they are archived again or have no event.
   */
  synchronized void endListing() {
    startedAt.keySet().retainAll(found);
    if (startedInPass > 0) {
      LOG.warn(
          "{} event types have events that are pending archive, but are not archived any more: the"
              + " archive was removed from their DataCore, or the EventType has archive: false. In {}"
              + " minutes these events stop being kept beyond their TTL; to archive them, undo the"
              + " change",
          startedInPass,
          PERIOD.toMinutes());
    }
  }

  /** Returns whether the period has passed for an event type. */
  synchronized boolean hasExpired(UUID eventTypeId) {
    Instant started = startedAt.get(eventTypeId);
    return started != null && !clock.instant().isBefore(started.plus(PERIOD));
  }
}
