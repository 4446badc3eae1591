package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.partition.EventIds;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.Partition;
import io.flowcore.worker.store.cassandra.partition.PartitionIndex;
import io.flowcore.worker.store.cassandra.partition.PartitionWriter;
import io.flowcore.worker.store.cassandra.partition.SizeClass;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Refreshes the TTLs of events that are pending archive when half of the archive margin has passed:
 * it writes them again with a new TTL. So no event expires before it is archived, however long the
 * archive is unavailable. Two workers that do so at the same time write the same values.
 */
public final class TtlRefresher {
  private final EventTable events;
  private final PartitionIndex index;
  private final PartitionWriter writer;
  private final PendingHours pendingHours;
  private final RowTtls ttls;
  private final Clock clock;

  /** Creates a refresher of the given tables. */
  public TtlRefresher(
      EventTable events,
      PartitionIndex index,
      PartitionWriter writer,
      PendingHours pendingHours,
      RowTtls ttls,
      Clock clock) {
    this.events = events;
    this.index = index;
    this.writer = writer;
    this.pendingHours = pendingHours;
    this.ttls = ttls;
    this.clock = clock;
  }

  /**
   * Refreshes the TTLs that are due.
   *
   * @param readWatermark the current read watermark
   * @return the number of events that were written again
   */
  public int refresh(long readWatermark) throws StoreException {
    long now = clock.instant().getEpochSecond();
    int[] refreshed = {0};
    for (int ingestHour : pendingHours.ingestHours()) {
      long ingestedAt =
          EventTime.toInstant(new TimeBucket(ingestHour).firstTick()).getEpochSecond();
      if (PendingHours.isClosed(ingestHour, readWatermark) && isDue(ingestedAt, now)) {
        pendingHours.visitHours(
            ingestHour,
            row -> {
              if (isDue(row.refreshedAt().orElse(ingestedAt), now)) {
                refreshed[0] += refresh(row.hour(), ingestHour, now);
              }
            });
      }
    }
    return refreshed[0];
  }

  private boolean isDue(long second, long now) {
    return now - second > ttls.archiveMarginSeconds() / 2;
  }

  private int refresh(PendingHour hour, int ingestHour, long now) throws StoreException {
    int refreshed = 0;
    for (Partition partition : index.partitions(hour)) {
      if (partition.key().ingestHour() == ingestHour && partition.isPendingArchive()) {
        refreshed += refresh(partition, now);
        CqlExecutor.await(index.renew(partition));
      }
    }
    pendingHours.markRefreshed(ingestHour, hour, now);
    return refreshed;
  }

  private int refresh(Partition partition, long now) throws StoreException {
    int pageRows = SizeClass.of(partition.key()).rows();
    EventId next = partition.archivedThrough().map(EventId::next).orElse(EventId.first(0));
    int refreshed = 0;
    List<EventTable.WrittenEvent> page;
    do {
      page = events.readWithTimestamps(partition.key(), next, pageRows);
      List<BoundStatement> rows = new ArrayList<>();
      int bytes = 0;
      for (EventTable.WrittenEvent written : page) {
        next = written.id().next();
        Optional<StoredEvent> event =
            EventValueCodec.decode(
                partition.key().eventType(), written.id(), Bytes.getArray(written.value()));
        if (event.isPresent() && event.get().details().archive()) {
          bytes += written.value().remaining();
          rows.add(refreshed(partition, written, event.get().details(), now));
        }
      }
      if (!rows.isEmpty()) {
        CqlExecutor.await(writer.write(partition.key(), rows, bytes));
      }
      refreshed += rows.size();
    } while (page.size() == pageRows);
    return refreshed;
  }

  /** The new timestamp follows the old one by a microsecond, so that all workers write the same. */
  private BoundStatement refreshed(
      Partition partition, EventTable.WrittenEvent written, EventDetails details, long now) {
    return events.insert(
        partition.key(),
        EventIds.bytes(written.id()),
        written.value(),
        ttls.eventTtl(details.expiresAtSecond(), true, now),
        written.timestamp() + 1);
  }
}
