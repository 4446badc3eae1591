package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.store.PendingArchive;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives the pending events of a hot store, several hours at the same time. Compacts segments and
 * deletes orphaned ones. One thread may call {@link #archive}, and another {@link #maintain}.
 */
public final class Archiver {
  private static final Logger LOG = LoggerFactory.getLogger(Archiver.class);

  /** Limits the delay of a retry to 64 times the first one; for an object that is rejected. */
  static final int MAX_DOUBLINGS = 6;

  /** Limits the delay to 8 times the first one: an unreachable store may be back soon. */
  private static final int MAX_DOUBLINGS_UNAVAILABLE = 3;

  /** Each needs about 200 bytes. */
  private static final int REMEMBERED_FAILURES = 10_000;

  private final Shared shared;
  private final ArchiveMaintenance maintenance;
  private Optional<UUID> lastType = Optional.empty();

  /**
   * Settings of archiving.
   *
   * @param hourGrace how long after its end an hour is left open for events that are in transit
   * @param maxSegmentBytes of lines in a segment, which limits the memory for ids
   * @param compactAt the number of segments of about the same size in an hour that are compacted;
   *     at least 2
   * @param retryAfter the delay after the first failure of an hour; it doubles with each further
   *     one
   * @param passSlice how long a pass begins to archive hours, before it lists the pending hours
   *     again
   * @param passHours the maximum number of hours in a pass; each needs about 400 bytes
   */
  public record Settings(
      Duration hourGrace,
      long maxSegmentBytes,
      int compactAt,
      Duration retryAfter,
      Duration passSlice,
      int passHours) {
    /**
     * Two minutes; 64 MiB, which is about 200,000 events of 300 bytes; 8 segments; one minute; 30
     * seconds, which also bounds how long a new hour waits; and 10,000 hours.
     */
    public static final Settings DEFAULT =
        new Settings(
            Duration.ofMinutes(2),
            64L << 20,
            8,
            Duration.ofMinutes(1),
            Duration.ofSeconds(30),
            10_000);

    /** Returns a copy with another first delay of retries. */
    public Settings withRetryAfter(Duration delay) {
      return new Settings(hourGrace, maxSegmentBytes, compactAt, delay, passSlice, passHours);
    }

    /** Returns how long one hour is archived before others get their turn. */
    Duration hourSlice() {
      return passSlice.dividedBy(3);
    }
  }

  /**
   * What an archiver shares with the rest of the process.
   *
   * @param disk the space of the disk on which segments are written before they are stored
   */
  public record Environment(
      IngestAwareThrottle throttle,
      SegmentMemory memory,
      ArchiveObserver observer,
      Clock clock,
      DiskSpace disk) {}

  /** What all passes share. */
  record Shared(
      PendingArchive hotStore,
      ArchiveDestination.Resolver destinations,
      Settings settings,
      Environment environment,
      HourArchiver hours,
      CompactionBacklog compactions,
      Backoff<PendingHour> backoff,
      ArchiveRemovalGrace removalGrace,
      PendingReport report) {}

  /** Creates an archiver that archives nothing until it is called. */
  public Archiver(
      PendingArchive hotStore,
      ArchiveDestination.Resolver destinations,
      UncommittedSegments uncommitted,
      Settings settings,
      Environment environment) {
    SegmentStaging staging = new SegmentStaging(uncommitted, environment.disk());
    CompactionBacklog compactions = new CompactionBacklog();
    shared =
        new Shared(
            hotStore,
            destinations,
            settings,
            environment,
            new HourArchiver(staging, settings.maxSegmentBytes(), environment),
            compactions,
            new Backoff<>(environment.clock(), settings.retryAfter(), REMEMBERED_FAILURES),
            new ArchiveRemovalGrace(environment.clock()),
            new PendingReport(environment.observer()));
    maintenance =
        new ArchiveMaintenance(
            destinations,
            staging,
            new SegmentCompactor(
                staging,
                new SegmentCompactor.Settings(settings.compactAt(), settings.maxSegmentBytes()),
                environment.throttle(),
                environment.observer()),
            compactions,
            settings,
            environment);
  }

  /** Returns how often the delay of a retry may double after a failure. */
  static int maxDoublings(Exception e) {
    return ArchiveAvailability.isUnavailable(e) ? MAX_DOUBLINGS_UNAVAILABLE : MAX_DOUBLINGS;
  }

  /**
   * Archives every hour that is over, in as many passes as it takes. A failure does not stop other
   * hours, except those of an archive that fails for several hours in a row. Each pass logs its
   * failures.
   *
   * @return the number of events archived
   * @throws ArchiveException if an archive fails; what can be archived is archived nevertheless
   * @throws StoreException if the hot store fails
   * @throws IOException if the directory for segments cannot be used
   */
  public long archive() throws ArchiveException, StoreException, IOException {
    long events = 0;
    Optional<Exception> failure = Optional.empty();
    ArchivePass.Result pass;
    do {
      pass = new ArchivePass(shared, lastType).run();
      lastType = pass.lastType();
      events += pass.events();
      failure = failure.or(pass.failures()::first);
      shared.environment().observer().failing(pass.failingHours(), pass.stoppedArchives());
      pass.failures()
          .log(
              LOG,
              "archive an hour",
              pass.stoppedArchives() > 0
                  ? "an archive failed for several hours in a row and is not used until the next"
                      + " pass; events stay in the hot store"
                  : "its events stay in the hot store, and it is retried later");
    } while (pass.unfinished());
    if (failure.isPresent()) {
      PassFailures.rethrow(failure.get());
    }
    return events;
  }

  /**
   * Compacts hours and deletes orphaned segments. Logs failures.
   *
   * @throws ArchiveException if an archive fails
   * @throws StoreException if the hot store fails
   * @throws IOException if the directory for segments cannot be used
   */
  public void maintain() throws ArchiveException, StoreException, IOException {
    Optional<Exception> failure = maintenance.run().first();
    if (failure.isPresent()) {
      PassFailures.rethrow(failure.get());
    }
  }
}
