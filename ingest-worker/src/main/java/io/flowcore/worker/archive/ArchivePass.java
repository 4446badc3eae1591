package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingArchive;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One pass over all pending hours. A failure is recorded and does not stop the pass. Used by one
 * thread.
 */
final class ArchivePass {
  private final PendingArchive hotStore;
  private final ArchiveDestination.Resolver destinations;
  private final Steps steps;
  private final Duration hourGrace;
  private final ArchiveObserver observer;
  private final Clock clock;

  /** Archives that failed as unavailable. They are not used for the rest of the pass. */
  private final Set<EventArchive> unavailable = new HashSet<>();

  private final FirstFailure failures = new FirstFailure();
  private long archivedEvents;
  private long pendingHours;
  private long orphanedHours;
  private long oldestPendingSecond = Long.MAX_VALUE;

  /** What is done to hours and segments. */
  record Steps(
      SegmentStaging staging,
      HourArchiver hours,
      SegmentCompactor compactor,
      ArchiveRemovalGrace removalGrace) {}

  ArchivePass(
      PendingArchive hotStore,
      ArchiveDestination.Resolver destinations,
      Steps steps,
      Duration hourGrace,
      ArchiveObserver observer,
      Clock clock) {
    this.hotStore = hotStore;
    this.destinations = destinations;
    this.steps = steps;
    this.hourGrace = hourGrace;
    this.observer = observer;
    this.clock = clock;
  }

  private interface Work {
    void run() throws ArchiveException, StoreException, IOException;
  }

  /** Deletes a segment that no manifest lists, if its archive is available. */
  void deleteIfOrphaned(UncommittedSegments.Entry entry) {
    attempt(() -> {
      if (destinations.resolve(entry.type().eventTypeId())
              instanceof ArchiveDestination.Archived destination
          && !unavailable.contains(destination.archive())) {
        attempt(
            destination.archive(),
            () -> steps.staging().deleteIfOrphaned(destination.archive(), entry));
      }
    });
  }

  /** Archives or releases the events of an hour, or counts the hour as pending. */
  void process(PendingHour hour) {
    boolean[] done = {false};
    attempt(() ->
        done[0] =
            switch (destinations.resolve(hour.eventType())) {
              case ArchiveDestination.Archived destination -> {
                steps.removalGrace().reset(hour.eventType());
                yield archive(destination, hour.bucket());
              }
              case ArchiveDestination.NoArchive none -> releaseAfterGrace(hour);
              case ArchiveDestination.Unknown unknown -> countOrphaned();
            });
    if (!done[0]) {
      pendingHours++;
      long second = EventTime.toInstant(hour.bucket().firstTick()).getEpochSecond();
      oldestPendingSecond = Math.min(oldestPendingSecond, second);
    }
  }

  private boolean archive(ArchiveDestination.Archived destination, TimeBucket bucket) {
    if (!isOver(bucket) || unavailable.contains(destination.archive())) {
      return false;
    }
    PendingHour hour = new PendingHour(destination.type().eventTypeId(), bucket);
    return attempt(
        destination.archive(),
        () -> {
          Optional<PendingEvents> claim = hotStore.claim(hour);
          if (claim.isPresent()) {
            try (PendingEvents pending = claim.get()) {
              archivedEvents += steps.hours().archive(destination, bucket, pending);
              steps.compactor().compact(destination, bucket);
            }
          }
        });
  }

  private boolean isOver(TimeBucket bucket) {
    long end = bucket.lastTick() + hourGrace.toSeconds() * EventTime.PER_SECOND;
    return end < EventTime.toTicks(clock.instant());
  }

  private boolean releaseAfterGrace(PendingHour hour) throws StoreException {
    if (!steps.removalGrace().hasExpired(hour.eventType())) {
      return false;
    }
    Optional<PendingEvents> claim = hotStore.claim(hour);
    if (claim.isPresent()) {
      try (PendingEvents pending = claim.get()) {
        HourArchiver.release(pending);
      }
    }
    return true;
  }

  private boolean countOrphaned() {
    orphanedHours++;
    return true;
  }

  /** Runs work on an archive; if the archive is unavailable, skips it for the rest of the pass. */
  private boolean attempt(EventArchive archive, Work work) {
    return attempt(() -> {
      try {
        work.run();
      } catch (ArchiveException e) {
        if (e.kind() == ArchiveException.Kind.UNAVAILABLE) {
          unavailable.add(archive);
        }
        throw e;
      }
    });
  }

  /** Returns whether the work was done. A failure is recorded. */
  private boolean attempt(Work work) {
    try {
      work.run();
      return true;
    } catch (ArchiveException | StoreException | IOException | RuntimeException e) {
      observer.failed();
      failures.add(e);
      return false;
    }
  }

  /**
   * Reports what is pending.
   *
   * @return the number of events archived
   * @throws ArchiveException if this was the first failure of the pass
   * @throws StoreException if this was the first failure of the pass
   * @throws IOException if this was the first failure of the pass
   */
  long finish() throws ArchiveException, StoreException, IOException {
    observer.pendingArchive(pendingHours, oldestPendingSecond, orphanedHours);
    failures.rethrow();
    return archivedEvents;
  }
}
