package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.store.PendingArchive;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;

/**
 * Archives the pending events of a hot store, hour by hour. Deletes orphaned segments and compacts
 * small ones. Used by one thread.
 */
public final class Archiver {
  private final PendingArchive hotStore;
  private final ArchiveDestination.Resolver destinations;
  private final SegmentStaging staging;
  private final HourArchiver hours;
  private final SegmentCompactor compactor;
  private final ArchiveRemovalGrace removalGrace;
  private final Settings settings;
  private final ArchiveObserver observer;
  private final Clock clock;

  /**
   * Settings of archiving.
   *
   * @param hourGrace how long after its end an hour is left open for events that are in transit
   * @param maxSegmentBytes of lines in a segment, which limits the memory for ids
   * @param compactAt the number of segments of about the same size in an hour that are compacted;
   *     at least 2
   */
  public record Settings(Duration hourGrace, long maxSegmentBytes, int compactAt) {
    /** Two minutes; 64 MiB, which is about 200,000 events of 300 bytes; and 8 segments. */
    public static final Settings DEFAULT = new Settings(Duration.ofMinutes(2), 64L << 20, 8);
  }

  /**
   * What an archiver shares with the rest of the process.
   *
   * @param disk the space of the disk on which segments are written before they are stored
   */
  public record Environment(
      IngestAwareThrottle throttle, ArchiveObserver observer, Clock clock, DiskSpace disk) {}

  /** Creates an archiver that archives nothing until {@link #run} is called. */
  public Archiver(
      PendingArchive hotStore,
      ArchiveDestination.Resolver destinations,
      UncommittedSegments uncommitted,
      Settings settings,
      Environment environment) {
    this.hotStore = hotStore;
    this.destinations = destinations;
    this.settings = settings;
    observer = environment.observer();
    clock = environment.clock();
    removalGrace = new ArchiveRemovalGrace(clock);
    staging = new SegmentStaging(uncommitted, environment.disk());
    hours = new HourArchiver(staging, settings.maxSegmentBytes(), environment.throttle(), observer);
    compactor =
        new SegmentCompactor(
            staging,
            new SegmentCompactor.Settings(settings.compactAt(), settings.maxSegmentBytes()),
            environment.throttle(),
            observer);
  }

  /**
   * Archives every hour that is over. A failure does not stop other hours, except those of an
   * archive that is unavailable.
   *
   * @return the number of events archived
   * @throws ArchiveException if an archive fails; what was archived before stays archived
   * @throws StoreException if the hot store fails
   * @throws IOException if the directory for segments cannot be used
   */
  public long run() throws ArchiveException, StoreException, IOException {
    ArchivePass pass =
        new ArchivePass(
            hotStore,
            destinations,
            new ArchivePass.Steps(staging, hours, compactor, removalGrace),
            settings.hourGrace(),
            observer,
            clock);
    for (UncommittedSegments.Entry entry : staging.possibleOrphans()) {
      pass.deleteIfOrphaned(entry);
    }
    hotStore.pendingHours(pass::process);
    return pass.finish();
  }
}
