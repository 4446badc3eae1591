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
 * Time for second thoughts. Events that were to be archived when they came are let go only when
 * their data core has kept no archive for a while: a manifest that is wrong for some minutes must
 * not lose what was acknowledged. Used by one thread.
 */
final class ArchiveRemovalGrace {
  /** Begins anew with the process. */
  static final Duration TIME = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(ArchiveRemovalGrace.class);

  private final Clock clock;
  private final Map<UUID, Instant> since = new HashMap<>();

  ArchiveRemovalGrace(Clock clock) {
    this.clock = clock;
  }

  /** Whether the events of a type may go. The first question begins the time. */
  boolean isOver(UUID eventType) {
    Instant now = clock.instant();
    Instant begin = since.putIfAbsent(eventType, now);
    if (begin == null) {
      LOG.warn(
          "Events of type {} wait to be archived, and their data core keeps no archive any more;"
              + " they are let go in {} minutes unless it has one again",
          eventType,
          TIME.toMinutes());
    }
    return begin != null && !now.isBefore(begin.plus(TIME));
  }

  /** There is an archive (again). */
  void end(UUID eventType) {
    since.remove(eventType);
  }
}
