package io.flowcore.worker.archive;

import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;

/**
 * Reports how much is pending archive, also during a pass: a pass may take long, and what arrives
 * meanwhile must be seen. Safe for use by many threads.
 */
final class PendingReport {
  /** Reports while hours are listed, which may take seconds if there are many. */
  private static final int HOURS_PER_REPORT = 1_000;

  private final ArchiveObserver observer;
  private long pending;
  private long orphaned;
  private long oldestSecond = Long.MAX_VALUE;
  private long found;
  private long foundOrphaned;
  private long foundOldest;

  /** The oldest hour that stays pending after this pass, as far as is known. */
  private long remainingOldest;

  PendingReport(ArchiveObserver observer) {
    this.observer = observer;
  }

  /** A new pass lists the hours. */
  synchronized void startListing() {
    found = 0;
    foundOrphaned = 0;
    foundOldest = Long.MAX_VALUE;
    remainingOldest = Long.MAX_VALUE;
  }

  /** An hour is pending. */
  synchronized void found(PendingHour hour) {
    found++;
    long second = second(hour.bucket());
    boolean older = second < Math.min(foundOldest, oldestSecond);
    foundOldest = Math.min(foundOldest, second);
    if (older || found % HOURS_PER_REPORT == 0) {
      observer.pendingArchive(
          Math.max(found, pending),
          Math.min(foundOldest, oldestSecond),
          Math.max(foundOrphaned, orphaned));
    }
  }

  /** An hour is pending whose event type is not in the catalog. */
  synchronized void foundOrphaned() {
    foundOrphaned++;
  }

  /** All hours are listed. */
  synchronized void endListing() {
    pending = found;
    orphaned = foundOrphaned;
    oldestSecond = foundOldest;
    report();
  }

  /** An hour is not pending any more. */
  synchronized void completed() {
    pending = Math.max(0, pending - 1);
    report();
  }

  /** An hour stays pending after this pass. */
  synchronized void remains(PendingHour hour) {
    remainingOldest = Math.min(remainingOldest, second(hour.bucket()));
  }

  /** The pass is over. */
  synchronized void finish() {
    oldestSecond = remainingOldest;
    report();
  }

  private void report() {
    observer.pendingArchive(pending, pending == 0 ? Long.MAX_VALUE : oldestSecond, orphaned);
  }

  private static long second(TimeBucket bucket) {
    return EventTime.toInstant(bucket.firstTick()).getEpochSecond();
  }
}
