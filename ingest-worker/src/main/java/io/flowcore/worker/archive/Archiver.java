package io.flowcore.worker.archive;

import io.flowcore.worker.archive.SegmentStage.Staged;
import io.flowcore.worker.archive.segment.EventLine;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.SegmentWriter;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingArchive;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events from the hot store to the archive, hour by hour: writes a segment, lets the store
 * verify it, commits it to the hour's manifest, and only then releases the hot copies. After a
 * crash between any two of these steps the same is done again; readers take an event that then
 * stands in two segments for one. Used by one thread.
 */
public final class Archiver {
  private static final Logger LOG = LoggerFactory.getLogger(Archiver.class);
  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 4 << 20;

  private final PendingArchive hot;
  private final Destination.Finder destinations;
  private final SegmentStage stage;
  private final SegmentCompactor merger;
  private final Settings settings;
  private final IngestAwareThrottle pace;
  private final ArchiveObserver observer;
  private final Clock clock;
  private final ArchiveRemovalGrace reprieves;

  /**
   * How to archive.
   *
   * @param grace how long after its end an hour is given for events that are under way
   * @param maxSegmentBytes of lines in a segment, which bounds what is kept in memory of ids
   * @param mergeAt so many segments of about one size in an hour are merged; 2 at least
   */
  public record Settings(Duration grace, long maxSegmentBytes, int mergeAt) {
    /** Two minutes; 64 MiB, which is about 200,000 events of 300 bytes; and 8. */
    public static final Settings DEFAULT = new Settings(Duration.ofMinutes(2), 64L << 20, 8);
  }

  /**
   * Connects a hot store and archives.
   *
   * @param destinations where events of a type go
   */
  public Archiver(
      PendingArchive hot,
      Destination.Finder destinations,
      UncommittedSegments journal,
      Settings settings,
      IngestAwareThrottle pace,
      ArchiveObserver observer,
      Clock clock) {
    this.hot = hot;
    this.destinations = destinations;
    this.settings = settings;
    this.pace = pace;
    this.observer = observer;
    this.clock = clock;
    reprieves = new ArchiveRemovalGrace(clock);
    stage = new SegmentStage(journal, clock);
    merger = new SegmentCompactor(stage, settings, pace, observer);
  }

  /**
   * Archives every hour that is over. What fails holds up nothing else: other hours go on, but for
   * those of an archive that is away.
   *
   * @return how many events were archived
   * @throws ArchiveException if an archive does not take them; what was archived before stays so
   * @throws StoreException if the hot store fails
   * @throws IOException if the folder for segments fails
   */
  public long run() throws ArchiveException, StoreException, IOException {
    Pass pass = new Pass();
    for (UncommittedSegments.Note note : stage.due()) {
      pass.clean(note);
    }
    hot.pendingHours(pass::look);
    observer.backlog(pass.waiting, pass.oldest, pass.unknown);
    pass.throwFirst();
    return pass.events;
  }

  private boolean over(TimeBucket bucket) {
    long end = bucket.lastTick() + settings.grace().toSeconds() * EventTime.PER_SECOND;
    return end < EventTime.toTicks(clock.instant());
  }

  private long archive(Destination.Archived to, TimeBucket bucket, PendingEvents waiting)
      throws ArchiveException, StoreException, IOException {
    // Read anew before a segment is written, which would be left over where the manifest can't be.
    to.cold().forget(to.type(), bucket);
    var _ = to.cold().manifest(to.type(), bucket);
    long events = 0;
    Progress progress = new Progress();
    while (!progress.complete) {
      progress.events = 0;
      Optional<Staged> staged =
          stage.stage(to, bucket, writer -> fill(writer, to.type(), waiting, progress));
      if (!waiting.isHeld()) {
        // The segment is cleaned away by its note.
        throw new StoreException(
            StoreException.Kind.UNAVAILABLE,
            "storing a segment of the hour "
                + bucket
                + " took so long that another worker may be at the same events");
      }
      if (staged.isPresent()) {
        Segment segment = staged.get().segment();
        to.cold().commit(to.type(), bucket, List.of(), List.of(segment));
        stage.counts(staged.get());
        observer.archived(progress.events, segment.size());
        events += progress.events;
      }
      waiting.markArchived();
    }
    return events;
  }

  /** Lets events go that were to be archived when they came, and are no more. */
  private void release(PendingHour hour) throws StoreException {
    Optional<PendingEvents> claimed = hot.claim(hour);
    if (claimed.isEmpty()) {
      return;
    }
    try (PendingEvents waiting = claimed.get()) {
      boolean more = true;
      while (more) {
        EventPage page = waiting.next(PAGE_EVENTS, PAGE_BYTES);
        page.damagedAt().ifPresent(waiting::skip);
        waiting.markArchived();
        more = !page.complete();
      }
    }
  }

  /** How far an hour's events are. */
  private static final class Progress {
    private long events;
    private boolean complete;
  }

  /** Writes what waits, up to the size of a segment. */
  private void fill(
      SegmentWriter writer, ArchiveKeyLayout type, PendingEvents waiting, Progress progress)
      throws StoreException, IOException {
    while (writer.rawSize() < settings.maxSegmentBytes()) {
      EventPage page = waiting.next(PAGE_EVENTS, PAGE_BYTES);
      for (StoredEvent event : page.events()) {
        writer.add(EventLine.of(event.id(), EventJson.bytes(type.names(), event)));
      }
      progress.events += page.events().size();
      if (page.damagedAt().isPresent()) {
        LOG.error(
            "The stored record of event {} is damaged; it is not archived", page.damagedAt().get());
      } else if (page.complete()) {
        progress.complete = true;
        return;
      }
      pace.rest();
    }
  }

  private interface Work {
    void run() throws ArchiveException, StoreException, IOException;
  }

  /** What one pass has seen. */
  private final class Pass {
    private final Set<ColdArchive> away = new HashSet<>();
    private final Failures failures = new Failures();
    private long events;
    private long waiting;
    private long unknown;
    private long oldest = Long.MAX_VALUE;

    void clean(UncommittedSegments.Note note) {
      guard(() -> {
        if (destinations.of(note.type().eventTypeId()) instanceof Destination.Archived to
            && !away.contains(to.cold())) {
          guard(to.cold(), () -> stage.clean(to.cold(), note));
        }
      });
    }

    void look(PendingHour hour) {
      boolean[] done = {false};
      guard(() ->
          done[0] =
              switch (destinations.of(hour.eventType())) {
                case Destination.Archived to -> {
                  reprieves.end(hour.eventType());
                  yield archived(to, hour.bucket());
                }
                case Destination.Nowhere nowhere -> released(hour);
                case Destination.Unknown unknown -> unknown();
              });
      if (!done[0]) {
        waiting++;
        oldest = Math.min(oldest, EventTime.toInstant(hour.bucket().firstTick()).getEpochSecond());
      }
    }

    private boolean unknown() {
      unknown++;
      return true;
    }

    private boolean released(PendingHour hour) throws StoreException {
      if (!reprieves.isOver(hour.eventType())) {
        return false;
      }
      release(hour);
      return true;
    }

    private boolean archived(Destination.Archived to, TimeBucket bucket) {
      if (!over(bucket) || away.contains(to.cold())) {
        return false;
      }
      PendingHour hour = new PendingHour(to.type().eventTypeId(), bucket);
      return guard(
          to.cold(),
          () -> {
            Optional<PendingEvents> claimed = hot.claim(hour);
            if (claimed.isPresent()) {
              try (PendingEvents waiting = claimed.get()) {
                events += archive(to, bucket, waiting);
                merger.merge(to, bucket);
              }
            }
          });
    }

    /** An archive that is away is left alone for the rest of the pass. */
    private boolean guard(ColdArchive cold, Work work) {
      return guard(() -> {
        try {
          work.run();
        } catch (ArchiveException e) {
          if (e.kind() == ArchiveException.Kind.UNAVAILABLE) {
            away.add(cold);
          }
          throw e;
        }
      });
    }

    /** Whether the work was done. */
    private boolean guard(Work work) {
      try {
        work.run();
        return true;
      } catch (ArchiveException | StoreException | IOException | RuntimeException e) {
        observer.failed();
        failures.add(e);
        return false;
      }
    }

    void throwFirst() throws ArchiveException, StoreException, IOException {
      failures.throwFirst();
    }
  }

  /** Keeps the first, and the others with it. */
  private static final class Failures {
    private static final int MOST = 10;

    private Optional<Exception> first = Optional.empty();
    private int count;

    void add(Exception e) {
      if (first.isEmpty()) {
        first = Optional.of(e);
      } else if (++count < MOST) {
        first.get().addSuppressed(e);
      }
    }

    void throwFirst() throws ArchiveException, StoreException, IOException {
      if (first.isEmpty()) {
        return;
      }
      switch (first.get()) {
        case ArchiveException e -> throw e;
        case StoreException e -> throw e;
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        default -> throw new IllegalStateException(first.get());
      }
    }
  }
}
