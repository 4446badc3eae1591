package io.flowcore.worker.store.cassandra.pending;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** Gives out hours to archive. */
public final class PendingClaims {
  private static final int ROWS = 1_000;

  private final EventTable table;
  private final CqlExecutor requests;
  private final PartitionIndex index;
  private final ClaimTable claims;
  private final PendingHourTable backlog;
  private final LongSupplier nanoTime;

  public PendingClaims(
      EventTable table,
      CqlExecutor requests,
      PartitionIndex index,
      ClaimTable claims,
      PendingHourTable backlog,
      LongSupplier nanoTime) {
    this.table = table;
    this.requests = requests;
    this.index = index;
    this.claims = claims;
    this.backlog = backlog;
    this.nanoTime = nanoTime;
  }

  /**
   * Claims an hour. Where nothing waits that could be archived by now, nothing is claimed, for that
   * would cost each worker some round trips in each pass.
   *
   * @param readWatermark what was committed before it is settled
   */
  public Optional<PendingEvents> claim(PendingHour hour, long readWatermark) throws StoreException {
    List<Partition> before = index.parts(hour);
    if (waiting(before, readWatermark).isEmpty()) {
      backlog.done(hour, closed(before, readWatermark));
      return Optional.of(new NothingWaits());
    }
    long owner = ThreadLocalRandom.current().nextLong();
    long taken = nanoTime.getAsLong();
    if (!claims.take(hour, owner)) {
      return Optional.empty();
    }
    // Read anew: whoever had the hour before may have gone on meanwhile.
    List<Partition> all = index.parts(hour);
    List<Partition> parts = waiting(all, readWatermark);
    PartitionScan scan =
        new PartitionScan(
            table,
            requests,
            parts,
            EventId.first(0),
            EventId.last(EventTime.MAX_TICKS),
            true,
            Partition::waits,
            ROWS);
    return Optional.of(
        new ClaimedEvents(
            claims,
            backlog,
            hour,
            owner,
            parts,
            closed(all, readWatermark),
            scan,
            nanoTime,
            taken));
  }

  private static List<Partition> waiting(List<Partition> parts, long readWatermark) {
    return parts.stream()
        .filter(
            part -> part.waits() && PendingHourTable.closed(part.key().arrival(), readWatermark))
        .toList();
  }

  private static Set<Integer> closed(List<Partition> parts, long readWatermark) {
    Set<Integer> closed = new TreeSet<>();
    for (Partition part : parts) {
      if (PendingHourTable.closed(part.key().arrival(), readWatermark)) {
        closed.add(part.key().arrival());
      }
    }
    return closed;
  }

  private static final class NothingWaits implements PendingEvents {
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
