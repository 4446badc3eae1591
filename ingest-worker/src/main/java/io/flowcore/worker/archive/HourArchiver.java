package io.flowcore.worker.archive;

import io.flowcore.worker.archive.SegmentStaging.StagedSegment;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.Segment;
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
 * Archives the claimed events of one hour at a time: writes a segment, lets the store verify it,
 * commits it to the manifest of the hour, and only then releases the hot copies. After a crash
 * between any two of these steps they are repeated. Readers return an event that is then in two
 * segments once. Used by one thread.
 */
final class HourArchiver {
  private static final Logger LOG = LoggerFactory.getLogger(HourArchiver.class);
  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 4 << 20;

  private final SegmentStaging staging;
  private final long maxSegmentBytes;
  private final IngestAwareThrottle throttle;
  private final ArchiveObserver observer;

  /**
   * Creates an archiver.
   *
   * @param maxSegmentBytes of lines in a segment
   */
  HourArchiver(
      SegmentStaging staging,
      long maxSegmentBytes,
      IngestAwareThrottle throttle,
      ArchiveObserver observer) {
    this.staging = staging;
    this.maxSegmentBytes = maxSegmentBytes;
    this.throttle = throttle;
    this.observer = observer;
  }

  /** How far the events of an hour are archived. */
  private static final class Progress {
    private long segmentEvents;
    private boolean complete;
  }

  /** Archives the claimed events, and returns their number. */
  long archive(ArchiveDestination.Archived destination, TimeBucket bucket, PendingEvents pending)
      throws ArchiveException, StoreException, IOException {
    EventArchive archive = destination.archive();
    // Read before a segment is written: if the manifest cannot be read, the segment would be an
    // orphan.
    archive.invalidate(destination.type(), bucket);
    var _ = archive.manifest(destination.type(), bucket);
    long events = 0;
    Progress progress = new Progress();
    while (!progress.complete) {
      progress.segmentEvents = 0;
      Optional<StagedSegment> staged =
          staging.stage(
              destination, bucket, writer -> write(writer, destination.type(), pending, progress));
      if (!pending.isHeld()) {
        // The segment is deleted later, because it is recorded as uncommitted.
        throw new StoreException(
            StoreException.Kind.UNAVAILABLE,
            "storing a segment of hour "
                + bucket
                + " took longer than the claim on the hour lasts; another worker may archive the same events,"
                + " and this worker retries in the next pass");
      }
      if (staged.isPresent()) {
        Segment segment = staged.get().segment();
        archive.commit(destination.type(), bucket, List.of(), List.of(segment));
        staging.markCommitted(staged.get());
        observer.archived(progress.segmentEvents, segment.size());
        events += progress.segmentEvents;
      }
      pending.markArchived();
    }
    return events;
  }

  /** Writes pending events, up to the maximum size of a segment or what the disk has space for. */
  private void write(
      SegmentWriter writer, ArchiveKeyLayout type, PendingEvents pending, Progress progress)
      throws StoreException, IOException {
    while (writer.rawSize() < maxSegmentBytes && (writer.isEmpty() || staging.hasSpace())) {
      EventPage page = pending.next(PAGE_EVENTS, PAGE_BYTES);
      for (StoredEvent event : page.events()) {
        writer.add(EventLine.of(event.id(), EventJson.bytes(type.names(), event)));
      }
      progress.segmentEvents += page.events().size();
      if (page.damagedAt().isPresent()) {
        LOG.error(
            "The stored record of event {} is damaged; the event is not archived",
            page.damagedAt().get());
      } else if (page.complete()) {
        progress.complete = true;
        return;
      }
      throttle.pauseAfterStep();
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
