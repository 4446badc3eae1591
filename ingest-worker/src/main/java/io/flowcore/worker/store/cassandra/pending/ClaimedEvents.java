package io.flowcore.worker.store.cassandra.pending;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.partition.Partition;
import io.flowcore.worker.store.cassandra.partition.PartitionScan;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The pending events of a claimed hour, in those partitions that get no more events. Progress is
 * recorded as the id up to which all partitions are archived, so that nothing is written for each
 * event.
 */
final class ClaimedEvents implements PendingEvents {
  private final HourClaim claim;
  private final PendingHours pendingHours;
  private final List<Partition> partitions;
  private final Set<Integer> closedIngestHours;
  private final PartitionScan scan;
  private Optional<EventId> deliveredThrough = Optional.empty();
  private boolean complete;

  /**
   * Creates the events of a claim.
   *
   * @param partitions the closed partitions of the hour that are pending archive
   * @param closedIngestHours the closed ingest hours of all partitions of the hour
   * @param scan reads the partitions
   */
  ClaimedEvents(
      HourClaim claim,
      PendingHours pendingHours,
      List<Partition> partitions,
      Set<Integer> closedIngestHours,
      PartitionScan scan) {
    this.claim = claim;
    this.pendingHours = pendingHours;
    this.partitions = partitions;
    this.closedIngestHours = closedIngestHours;
    this.scan = scan;
  }

  @Override
  public EventPage next(int maxEvents, int maxBytes) throws StoreException {
    if (complete) {
      return EventPage.last(List.of());
    }
    claim.renewIfDue();
    EventPage page = scan.page(maxEvents, maxBytes);
    if (!page.events().isEmpty()) {
      deliveredThrough = Optional.of(page.events().getLast().id());
    }
    if (page.damagedAt().isPresent()) {
      deliveredThrough = page.damagedAt();
    }
    complete = page.complete();
    return page;
  }

  @Override
  public boolean isHeld() throws StoreException {
    claim.renewIfDue();
    return claim.isHeld();
  }

  @Override
  public void markArchived() throws StoreException {
    if (complete) {
      claim.renew(partitions, Partition.ALL);
      pendingHours.remove(claim.hour(), closedIngestHours);
    } else if (deliveredThrough.isPresent()) {
      claim.renew(partitions, deliveredThrough.get());
    }
  }

  /**
   * Does nothing: a damaged event counts as delivered in any case. Its replicas store the same
   * value, so a later read cannot recover it.
   */
  @Override
  public void skip(EventId damaged) {}

  @Override
  public void close() {
    claim.release();
  }
}
