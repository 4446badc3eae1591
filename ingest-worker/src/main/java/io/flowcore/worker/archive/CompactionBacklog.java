package io.flowcore.worker.archive;

import io.flowcore.worker.store.PendingHour;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Hours that got another segment, so that they may have to be compacted. Holds a limited number; an
 * hour that does not fit is added again with its next late event. Safe for use by many threads.
 */
final class CompactionBacklog {
  /** Each needs about 200 bytes. */
  private static final int CAPACITY = 10_000;

  private final Map<PendingHour, ArchiveDestination.Archived> hours = new LinkedHashMap<>();

  synchronized void add(ArchiveDestination.Archived destination, PendingHour hour) {
    if (hours.size() < CAPACITY) {
      hours.putIfAbsent(hour, destination);
    }
  }

  /** Returns the hours that are in the backlog now. */
  synchronized Map<PendingHour, ArchiveDestination.Archived> hours() {
    return new LinkedHashMap<>(hours);
  }

  /** Removes an hour. Segments that are added later add it again. */
  synchronized void remove(PendingHour hour) {
    hours.remove(hour);
  }
}
