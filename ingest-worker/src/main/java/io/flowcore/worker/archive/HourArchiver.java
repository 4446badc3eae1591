package io.flowcore.worker.archive;

import io.flowcore.worker.archive.SegmentStaging.StagedSegment;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives the claimed events of an hour: writes a segment, lets the store verify it, commits it to
 * the manifest of the hour, and only then releases the hot copies. After a crash between any two of
 * these steps they are repeated. Readers return an event that is then in two segments once. Safe
 * for use by many threads.
 */
final class HourArchiver {
  private static final Logger LOG = LoggerFactory.getLogger(HourArchiver.class);
  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 1 << 20;

  private final SegmentStaging staging;
  private final long maxSegmentBytes;
  private final SegmentMemory memory;
  private final IngestAwareThrottle throttle;
  private final ArchiveObserver observer;

  /**
   * Creates an archiver.
   *
   * @param maxSegmentBytes of lines in a segment
   */
  HourArchiver(SegmentStaging staging, long maxSegmentBytes, Archiver.Environment environment) {
    this.staging = staging;
    this.maxSegmentBytes = maxSegmentBytes;
    memory = environment.memory();
    throttle = environment.throttle();
    observer = environment.observer();
  }

  /**
   * What was archived of an hour.
   *
   * @param segments the number of segments that the hour has now; 0 if nothing was archived
   * @param complete whether nothing is left
   */
  record Result(long events, int segments, boolean complete) {}

  /** How far the events of an hour are archived. */
  private static final class Progress {
    private EventPage page;
    private long segmentEvents;
    private long events;
    private int segments;
    private boolean complete;

    Progress(EventPage page) {
      this.page = page;
    }
  }

  /**
   * Archives the claimed events until nothing is left, or the time is over. Every segment is
   * complete in itself, so the rest can be archived later.
   */
  Result archive(
      ArchiveDestination.Archived destination,
      TimeBucket bucket,
      PendingEvents pending,
      Deadline deadline)
      throws ArchiveException, StoreException, IOException {
    EventPage first = pending.next(PAGE_EVENTS, PAGE_BYTES);
    if (first.complete() && first.events().isEmpty()) {
      pending.markArchived();
      return new Result(0, 0, true);
    }
    EventArchive archive = destination.archive();
    // Read before a segment is written: if the manifest cannot be read, the segment would be an
    // orphan.
    archive.invalidate(destination.type(), bucket);
    var _ = archive.manifest(destination.type(), bucket);
    Progress progress = new Progress(first);
    do {
      archiveSegment(destination, bucket, pending, progress);
    } while (!progress.complete && !deadline.hasPassed());
    return new Result(progress.events, progress.segments, progress.complete);
  }

  private void archiveSegment(
      ArchiveDestination.Archived destination,
      TimeBucket bucket,
      PendingEvents pending,
      Progress progress)
      throws ArchiveException, StoreException, IOException {
    progress.segmentEvents = 0;
    try (SegmentMemory.Lease lease = memory.begin()) {
      Optional<StagedSegment> staged =
          staging.stage(
              destination,
              bucket,
              writer -> write(writer, destination.type(), pending, progress, lease));
      try {
        requireHeld(pending, bucket);
        if (staged.isPresent()) {
          commit(destination, bucket, staged.get(), progress);
        }
      } finally {
        staged.ifPresent(StagedSegment::close);
      }
      pending.markArchived();
      progress.events += progress.segmentEvents;
    }
  }

  private static void requireHeld(PendingEvents pending, TimeBucket bucket) throws StoreException {
    if (!pending.isHeld()) {
      // The segment is deleted later, because it is recorded as uncommitted.
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "storing a segment of hour "
              + bucket
              + " took longer than the claim on the hour lasts; another worker may archive the same events,"
              + " and this worker retries in the next pass");
    }
  }

  private void commit(
      ArchiveDestination.Archived destination,
      TimeBucket bucket,
      StagedSegment staged,
      Progress progress)
      throws ArchiveException, IOException {
    progress.segments =
        destination
            .archive()
            .commit(destination.type(), bucket, List.of(), List.of(staged.segment()))
            .map(manifest -> manifest.segments().size())
            .orElse(0);
    staging.markCommitted(staged);
    observer.archived(progress.segmentEvents, staged.segment().size());
  }

  /**
   * Writes pending events, up to the maximum size of a segment, or to what memory and disk allow.
   */
  private void write(
      SegmentWriter writer,
      ArchiveKeyLayout type,
      PendingEvents pending,
      Progress progress,
      SegmentMemory.Lease lease)
      throws StoreException, IOException {
    try (IngestAwareThrottle.Work work = throttle.begin()) {
      while (true) {
        for (StoredEvent event : progress.page.events()) {
          writer.add(EventLine.of(event.id(), EventJson.bytes(type.names(), event)));
        }
        progress.segmentEvents += progress.page.events().size();
        if (progress.page.damagedAt().isPresent()) {
          LOG.error(
              "The stored record of event {} is damaged; the event is not archived",
              progress.page.damagedAt().get());
        } else if (progress.page.complete()) {
          progress.complete = true;
          return;
        }
        work.pauseAfterStep();
        // All delivered events are written at this point, so that the segment can end here.
        progress.page = EventPage.more(List.of());
        if (writer.rawSize() >= maxSegmentBytes
            || !lease.mayGrow(writer.rawSize())
            || !(writer.isEmpty() || staging.hasSpace())) {
          return;
        }
        progress.page = pending.next(PAGE_EVENTS, PAGE_BYTES);
      }
    }
  }

  /** Releases the claimed events without archiving them. */
  static void release(PendingEvents pending) throws StoreException {
    boolean complete = false;
    while (!complete) {
      EventPage page = pending.next(PAGE_EVENTS, PAGE_BYTES);
      page.damagedAt().ifPresent(pending::skip);
      pending.markArchived();
      complete = page.complete();
    }
  }
}
