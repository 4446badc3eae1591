package io.flowcore.worker.store.cassandra.pending;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.partition.Partition;
import io.flowcore.worker.store.cassandra.partition.PartitionScan;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits in an hour, in those parts that get no more events. How far they are archived is noted
 * as an id, up to which all of them are, so that nothing is written for each event.
 */
final class ClaimedEvents implements PendingEvents {
  private static final Logger LOG = LoggerFactory.getLogger(ClaimedEvents.class);

  /** Less than the claim, by what the last answer may have taken. */
  private static final long HELD_NANOS = ClaimTable.CLAIM.minusSeconds(10).toNanos();

  private final ClaimTable claims;
  private final PendingHourTable backlog;
  private final PendingHour hour;
  private final long owner;
  private final List<Partition> parts;
  private final Set<Integer> closed;
  private final PartitionScan scan;
  private final LongSupplier nanoTime;
  private long renewedNanos;
  private Optional<EventId> givenTo = Optional.empty();
  private boolean complete;

  /**
   * Events of parts that are closed.
   *
   * @param closed the arrivals of the hour that are over
   * @param takenNanos just before the hour was claimed
   */
  ClaimedEvents(
      ClaimTable claims,
      PendingHourTable backlog,
      PendingHour hour,
      long owner,
      List<Partition> parts,
      Set<Integer> closed,
      PartitionScan scan,
      LongSupplier nanoTime,
      long takenNanos) {
    this.claims = claims;
    this.backlog = backlog;
    this.hour = hour;
    this.owner = owner;
    this.parts = parts;
    this.closed = closed;
    this.scan = scan;
    this.nanoTime = nanoTime;
    renewedNanos = takenNanos;
  }

  @Override
  public EventPage next(int maxEvents, int maxBytes) throws StoreException {
    if (!complete) {
      renew();
      EventPage page = scan.page(maxEvents, maxBytes);
      if (!page.events().isEmpty()) {
        givenTo = Optional.of(page.events().getLast().id());
      }
      if (page.damagedAt().isPresent()) {
        givenTo = page.damagedAt();
      }
      complete = page.complete();
      return page;
    }
    return EventPage.last(List.of());
  }

  private void renew() throws StoreException {
    if (sure() && nanoTime.getAsLong() - renewedNanos > HELD_NANOS / 2) {
      progress(List.of(), Partition.ALL);
    }
  }

  @Override
  public boolean isHeld() throws StoreException {
    renew();
    return sure();
  }

  /** Whether nobody else can have the hour yet. */
  private boolean sure() {
    return nanoTime.getAsLong() - renewedNanos < HELD_NANOS;
  }

  @Override
  public void markArchived() throws StoreException {
    if (complete) {
      progress(parts, Partition.ALL);
      backlog.done(hour, closed);
    } else if (givenTo.isPresent()) {
      progress(parts, givenTo.get());
    }
  }

  private void progress(List<Partition> done, EventId to) throws StoreException {
    long nanos = nanoTime.getAsLong();
    if (!claims.progress(hour, owner, done, to)) {
      renewedNanos = nanos - HELD_NANOS;
      throw new StoreException(
          Kind.UNAVAILABLE, "another worker has taken over the hour " + hour.bucket());
    }
    renewedNanos = nanos;
  }

  /**
   * Its replicas have copies of their own, so a damaged row was written so; no later look heals it.
   */
  @Override
  public void skip(EventId damaged) {}

  @Override
  public void close() {
    if (!sure()) {
      return;
    }
    try {
      claims.release(hour, owner);
    } catch (StoreException e) {
      LOG.warn(
          "The hour {} stays claimed for {} s, for it could not be given up",
          hour.bucket(),
          ClaimTable.CLAIM.toSeconds(),
          e);
    }
  }
}
