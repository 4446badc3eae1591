package io.flowcore.worker.archive;

import io.flowcore.worker.archive.PendingPlan.Target;
import io.flowcore.worker.archive.PendingPlan.Turn;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One pass: lists all pending hours, and archives as many as a time slice allows, several at the
 * same time. A failure is recorded, and delays only its own hour.
 */
final class ArchivePass {
  private static final Object NO_ARCHIVE = new Object();

  private final Archiver.Shared shared;
  private final PendingPlan plan;
  private final Deadline end;
  private final ArchiveAvailability availability = new ArchiveAvailability();
  private final PassFailures failures = new PassFailures();
  private final AtomicLong events = new AtomicLong();

  /** Hours that are released, or of which something was archived. */
  private final AtomicLong advanced = new AtomicLong();

  /** Hours whose time slice ended before they were complete. */
  private final AtomicLong sliced = new AtomicLong();

  private final AtomicLong failing = new AtomicLong();

  /** The event type of the hour that was listed last, and its destination. */
  private Optional<UUID> listedType = Optional.empty();

  private Optional<ArchiveDestination> listedDestination = Optional.empty();

  /**
   * What a pass has done.
   *
   * @param events that were archived
   * @param unfinished whether hours are left that another pass can archive immediately
   * @param failingHours hours that failed, now or before, and are retried later
   * @param stoppedArchives archives that are not used for the rest of the pass, because they fail
   */
  record Result(
      long events,
      boolean unfinished,
      long failingHours,
      int stoppedArchives,
      Optional<UUID> lastType,
      PassFailures failures) {}

  /**
   * Prepares a pass.
   *
   * @param after the event type that the previous pass ended with
   */
  ArchivePass(Archiver.Shared shared, Optional<UUID> after) {
    this.shared = shared;
    plan = new PendingPlan(shared.settings().passHours(), after, shared.report()::remains);
    end = Deadline.in(shared.settings().passSlice());
  }

  Result run() {
    boolean listed = list();
    runThreads(Math.min(plan.start(), shared.environment().memory().hours()));
    boolean leftOver = plan.finish();
    if (listed) {
      shared.report().finish();
    }
    boolean unfinished =
        ((leftOver && advanced.get() > 0) || sliced.get() > 0)
            && !Thread.currentThread().isInterrupted();
    return new Result(
        events.get(),
        unfinished,
        failing.get(),
        availability.stopped(),
        plan.lastTaken(),
        failures);
  }

  /** Returns whether all hours were listed. What was listed before a failure is archived. */
  private boolean list() {
    shared.report().startListing();
    shared.removalGrace().startListing();
    try {
      shared.hotStore().pendingHours(this::list);
    } catch (StoreException | RuntimeException e) {
      recordFailure(e);
      return false;
    }
    shared.removalGrace().endListing();
    shared.report().endListing();
    return true;
  }

  private void list(PendingHour hour) {
    if (!listedType.equals(Optional.of(hour.eventType()))) {
      listedType = Optional.of(hour.eventType());
      listedDestination = resolve(hour.eventType());
    }
    if (listedDestination.isPresent()
        && listedDestination.get() instanceof ArchiveDestination.Unknown) {
      shared.report().foundOrphaned();
      return;
    }
    shared.report().found(hour);
    Optional<Target> target = listedDestination.flatMap(destination -> target(destination, hour));
    boolean due = shared.backoff().isDue(hour);
    if (!due) {
      failing.incrementAndGet();
    }
    if (due && target.isPresent()) {
      plan.add(hour, target.get());
    } else {
      shared.report().remains(hour);
    }
  }

  private Optional<ArchiveDestination> resolve(UUID eventType) {
    try {
      return Optional.of(shared.destinations().resolve(eventType));
    } catch (ArchiveException | RuntimeException e) {
      recordFailure(e);
      return Optional.empty();
    }
  }

  /** Returns where an hour goes in this pass; empty if it waits. */
  private Optional<Target> target(ArchiveDestination destination, PendingHour hour) {
    return switch (destination) {
      case ArchiveDestination.Archived archived ->
          isOver(hour.bucket())
              ? Optional.of(
                  new Target(archived.archive(), archived.archive().store().parallelism()))
              : Optional.empty();
      case ArchiveDestination.NoArchive none -> {
        shared.removalGrace().found(hour.eventType());
        yield shared.removalGrace().hasExpired(hour.eventType())
            ? Optional.of(new Target(NO_ARCHIVE, 1))
            : Optional.empty();
      }
      case ArchiveDestination.Unknown unknown -> Optional.empty();
    };
  }

  private boolean isOver(TimeBucket bucket) {
    long grace = shared.settings().hourGrace().toSeconds() * EventTime.PER_SECOND;
    return bucket.lastTick() + grace < EventTime.toTicks(shared.environment().clock().instant());
  }

  /** Native calls of the hot store would pin the carriers of virtual threads. */
  private void runThreads(int count) {
    List<Future<?>> runs = new ArrayList<>();
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().name("archiver-", 1).daemon().factory())) {
      for (int i = 0; i < count; i++) {
        runs.add(threads.submit(this::work));
      }
    }
    for (Future<?> run : runs) {
      if (run.state() == Future.State.FAILED) {
        throw new IllegalStateException("a thread of the archiver failed", run.exceptionNow());
      }
    }
  }

  private void work() {
    while (!end.hasPassed()) {
      Optional<Turn> next = plan.next();
      if (next.isEmpty()) {
        return;
      }
      try (Turn turn = next.get()) {
        process(turn.hour());
      }
    }
  }

  /** Looks up the destination again, because the catalog may have changed since the listing. */
  private void process(PendingHour hour) {
    boolean done =
        switch (resolve(hour.eventType()).orElseGet(ArchiveDestination.Unknown::new)) {
          case ArchiveDestination.Archived destination -> archive(destination, hour);
          case ArchiveDestination.NoArchive none -> release(hour);
          case ArchiveDestination.Unknown unknown -> false;
        };
    if (done) {
      shared.report().completed();
    } else {
      shared.report().remains(hour);
    }
  }

  /** Returns whether nothing of an hour is left that can be archived now. */
  private boolean archive(ArchiveDestination.Archived destination, PendingHour hour) {
    if (!availability.isUsable(destination.archive())) {
      return false;
    }
    try {
      Optional<PendingEvents> claim = shared.hotStore().claim(hour);
      if (claim.isEmpty()) {
        return false;
      }
      HourArchiver.Result result;
      try (PendingEvents pending = claim.get()) {
        Deadline slice = Deadline.in(shared.settings().hourSlice());
        result = shared.hours().archive(destination, hour.bucket(), pending, slice);
      }
      shared.backoff().succeeded(hour);
      archived(destination, hour, result);
      return result.complete();
    } catch (ArchiveException | StoreException | IOException | RuntimeException e) {
      recordFailure(e);
      availability.failed(destination.archive(), e);
      failed(hour, e);
      return false;
    }
  }

  private void archived(
      ArchiveDestination.Archived destination, PendingHour hour, HourArchiver.Result result) {
    events.addAndGet(result.events());
    if (!result.complete()) {
      sliced.incrementAndGet();
    }
    if (result.events() > 0) {
      advanced.incrementAndGet();
      availability.succeeded(destination.archive());
    }
    if (result.segments() > 1) {
      shared.compactions().add(destination, hour);
    }
  }

  private void failed(PendingHour hour, Exception e) {
    failing.incrementAndGet();
    shared.backoff().failed(hour, Archiver.maxDoublings(e));
  }

  /** Returns whether an hour was released. Its grace period may have started again. */
  private boolean release(PendingHour hour) {
    if (!shared.removalGrace().hasExpired(hour.eventType())) {
      return false;
    }
    try {
      Optional<PendingEvents> claim = shared.hotStore().claim(hour);
      if (claim.isEmpty()) {
        return false;
      }
      try (PendingEvents pending = claim.get()) {
        HourArchiver.release(pending);
      }
      shared.backoff().succeeded(hour);
      advanced.incrementAndGet();
      return true;
    } catch (StoreException | RuntimeException e) {
      recordFailure(e);
      failed(hour, e);
      return false;
    }
  }

  private void recordFailure(Exception e) {
    shared.environment().observer().failed();
    failures.add(e);
  }
}
