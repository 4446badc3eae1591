package io.flowcore.worker.store.cassandra.pending;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.Partition;
import io.flowcore.worker.store.cassandra.partition.PartitionIndex;
import io.flowcore.worker.store.cassandra.partition.PartitionScan;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Claims the pending events of hours for the archiver. */
public final class PendingClaims {
  private static final int PAGE_ROWS = 1_000;

  private final EventTable events;
  private final CqlExecutor executor;
  private final PartitionIndex index;
  private final HourClaims claims;
  private final PendingHours pendingHours;

  /** Creates claims on the hours of an index. */
  public PendingClaims(
      EventTable events,
      CqlExecutor executor,
      PartitionIndex index,
      HourClaims claims,
      PendingHours pendingHours) {
    this.events = events;
    this.executor = executor;
    this.index = index;
    this.claims = claims;
    this.pendingHours = pendingHours;
  }

  /**
   * Claims the pending events of an hour. If no event can be archived yet, the hour is not claimed,
   * since a claim would cost each worker several round trips in each pass.
   *
   * @param readWatermark events of ingest hours that ended before it can be archived
   * @return empty if another worker has claimed the hour
   */
  public Optional<PendingEvents> claim(PendingHour hour, long readWatermark) throws StoreException {
    List<Partition> before = index.partitions(hour);
    if (archivable(before, readWatermark).isEmpty()) {
      pendingHours.remove(hour, closedIngestHours(before, readWatermark));
      return Optional.of(new NoPendingEvents());
    }
    Optional<HourClaim> claim = claims.claim(hour);
    if (claim.isEmpty()) {
      return Optional.empty();
    }
    // Read again: the previous owner of the claim may have archived more meanwhile.
    List<Partition> all = index.partitions(hour);
    List<Partition> partitions = archivable(all, readWatermark);
    PartitionScan scan =
        new PartitionScan(
            events,
            executor,
            partitions,
            new EventRange(
                EventId.first(0), EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING),
            Partition::isPendingArchive,
            PAGE_ROWS);
    return Optional.of(
        new ClaimedEvents(
            claim.get(), pendingHours, partitions, closedIngestHours(all, readWatermark), scan));
  }

  /** Returns the partitions that are pending archive and get no more events. */
  private static List<Partition> archivable(List<Partition> partitions, long readWatermark) {
    return partitions.stream()
        .filter(partition -> partition.isPendingArchive() && isClosed(partition, readWatermark))
        .toList();
  }

  private static Set<Integer> closedIngestHours(List<Partition> partitions, long readWatermark) {
    Set<Integer> closed = new TreeSet<>();
    for (Partition partition : partitions) {
      if (isClosed(partition, readWatermark)) {
        closed.add(partition.key().ingestHour());
      }
    }
    return closed;
  }

  private static boolean isClosed(Partition partition, long readWatermark) {
    return PendingHours.isClosed(partition.key().ingestHour(), readWatermark);
  }

  private static final class NoPendingEvents implements PendingEvents {
    @Override
    public EventPage next(int maxEvents, int maxBytes) {
      return EventPage.last(List.of());
    }

    @Override
    public boolean isHeld() {
      return true;
    }

    @Override
    public void markArchived() {}

    @Override
    public void skip(EventId damaged) {}

    @Override
    public void close() {}
  }
}
