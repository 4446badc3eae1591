package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts hours and deletes orphaned segments. Runs apart from archiving, so that neither its
 * failures nor its duration hold up new segments. Used by one thread.
 */
final class ArchiveMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveMaintenance.class);

  /** Deletions in one run, of one archive or of several. */
  private static final int MAX_DELETIONS = 1_000;

  private static final int REMEMBERED_FAILURES = 10_000;

  private final ArchiveDestination.Resolver destinations;
  private final SegmentStaging staging;
  private final SegmentCompactor compactor;
  private final CompactionBacklog backlog;
  private final ArchiveObserver observer;
  private final Backoff<PendingHour> compactionBackoff;
  private final Backoff<String> deletionBackoff;

  ArchiveMaintenance(
      ArchiveDestination.Resolver destinations,
      SegmentStaging staging,
      SegmentCompactor compactor,
      CompactionBacklog backlog,
      Archiver.Settings settings,
      Archiver.Environment environment) {
    this.destinations = destinations;
    this.staging = staging;
    this.compactor = compactor;
    this.backlog = backlog;
    observer = environment.observer();
    compactionBackoff =
        new Backoff<>(environment.clock(), settings.retryAfter(), REMEMBERED_FAILURES);
    deletionBackoff =
        new Backoff<>(environment.clock(), settings.retryAfter(), REMEMBERED_FAILURES);
  }

  /** Compacts the hours of the backlog, then deletes orphans. Failures are logged and returned. */
  PassFailures run() {
    PassFailures failures = new PassFailures();
    compactHours(failures);
    failures.log(LOG, "compact an hour", "its segments stay as they are, and it is retried later");
    PassFailures deletions = new PassFailures();
    deleteOrphans(deletions);
    deletions.log(
        LOG,
        "delete a segment that is not used any more",
        "readers ignore the segment, and the deletion is retried later");
    deletions.first().ifPresent(failures::add);
    return failures;
  }

  private void compactHours(PassFailures failures) {
    ArchiveAvailability availability = new ArchiveAvailability();
    for (Map.Entry<PendingHour, ArchiveDestination.Archived> entry : backlog.hours().entrySet()) {
      PendingHour hour = entry.getKey();
      EventArchive archive = entry.getValue().archive();
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      if (!compactionBackoff.isDue(hour) || !availability.isUsable(archive)) {
        continue;
      }
      backlog.remove(hour);
      try {
        if (compactor.compact(entry.getValue(), hour.bucket())) {
          backlog.add(entry.getValue(), hour);
        }
        compactionBackoff.succeeded(hour);
        availability.succeeded(archive);
      } catch (ArchiveException | StoreException | IOException | RuntimeException e) {
        fail(failures, e);
        availability.failed(archive, e);
        compactionBackoff.failed(hour, Archiver.maxDoublings(e));
        backlog.add(entry.getValue(), hour);
      }
    }
  }

  private void deleteOrphans(PassFailures failures) {
    ArchiveAvailability availability = new ArchiveAvailability();
    try {
      for (UncommittedSegments.Entry entry :
          staging.possibleOrphans(deletionBackoff::isDue, MAX_DELETIONS)) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        deleteIfOrphaned(entry, availability, failures);
      }
    } catch (IOException | RuntimeException e) {
      fail(failures, e);
    }
  }

  private void deleteIfOrphaned(
      UncommittedSegments.Entry entry, ArchiveAvailability availability, PassFailures failures) {
    try {
      if (destinations.resolve(entry.type().eventTypeId())
              instanceof ArchiveDestination.Archived(var _, EventArchive archive)
          && availability.isUsable(archive)) {
        deleteIfOrphaned(archive, entry, availability);
      } else {
        // Later, so that it does not take the place of others.
        deletionBackoff.failed(entry.name(), Archiver.MAX_DOUBLINGS);
      }
    } catch (ArchiveException | IOException | RuntimeException e) {
      fail(failures, e);
      deletionBackoff.failed(entry.name(), Archiver.maxDoublings(e));
    }
  }

  private void deleteIfOrphaned(
      EventArchive archive, UncommittedSegments.Entry entry, ArchiveAvailability availability)
      throws ArchiveException, IOException {
    try {
      staging.deleteIfOrphaned(archive, entry);
      availability.succeeded(archive);
      deletionBackoff.succeeded(entry.name());
    } catch (ArchiveException | IOException | RuntimeException e) {
      availability.failed(archive, e);
      throw e;
    }
  }

  private void fail(PassFailures failures, Exception e) {
    observer.failed();
    failures.add(e);
  }
}
