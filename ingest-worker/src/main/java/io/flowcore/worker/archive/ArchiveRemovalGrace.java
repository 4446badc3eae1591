package io.flowcore.worker.archive;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A grace period after an archive was removed from a data core. Events that were accepted for an
 * archive are released without one only after this period: a manifest that is wrong for some
 * minutes must not lose acknowledged events. Used by one thread.
 */
final class ArchiveRemovalGrace {
  /** Starts again when the process restarts. */
  static final Duration PERIOD = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(ArchiveRemovalGrace.class);

  private final Clock clock;
  private final Map<UUID, Instant> startedAt = new HashMap<>();

  ArchiveRemovalGrace(Clock clock) {
    this.clock = clock;
  }

  /** Returns whether the period has passed for an event type. The first call starts the period. */
  boolean hasExpired(UUID eventTypeId) {
    Instant now = clock.instant();
    Instant started = startedAt.putIfAbsent(eventTypeId, now);
    if (started == null) {
      LOG.warn(
          "Events of type {} are pending archive, but the archive was removed from their data core. In"
              + " {} minutes they stop being kept beyond their TTL; to archive them, add an archive to"
              + " the DataCore",
          eventTypeId,
          PERIOD.toMinutes());
    }
    return started != null && !now.isBefore(started.plus(PERIOD));
  }

  /** Ends the period, because the event type has an archive. */
  void reset(UUID eventTypeId) {
    startedAt.remove(eventTypeId);
  }
}
