package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.protocol.internal.util.Bytes;
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
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes events that wait to be archived once more, with a new TTL, when half of the archive margin
 * has passed; so that none goes unarchived, however long the archive is away. Two workers that do
 * so at once write the same.
 */
public final class TtlRefresher {
  private final CqlExecutor requests;
  private final EventTable table;
  private final PartitionIndex index;
  private final PartitionWriter writes;
  private final PendingHourTable backlog;
  private final RowTtls lifetimes;
  private final Clock clock;

  public TtlRefresher(
      CqlExecutor requests,
      EventTable table,
      PartitionIndex index,
      PartitionWriter writes,
      PendingHourTable backlog,
      RowTtls lifetimes,
      Clock clock) {
    this.requests = requests;
    this.table = table;
    this.index = index;
    this.writes = writes;
    this.backlog = backlog;
    this.lifetimes = lifetimes;
    this.clock = clock;
  }

  /**
   * Writes what is due.
   *
   * @param readWatermark as of now
   * @return how many events were written
   */
  public int run(long readWatermark) throws StoreException {
    long now = clock.instant().getEpochSecond();
    int written = 0;
    for (int arrival : backlog.arrivals()) {
      long arrived = EventTime.toInstant(new TimeBucket(arrival).firstTick()).getEpochSecond();
      if (PendingHourTable.closed(arrival, readWatermark) && due(arrived, now)) {
        for (PendingHourTable.Waiting one : backlog.hours(arrival)) {
          if (due(one.keptSecond().orElse(arrived), now)) {
            written += prolong(one.hour(), arrival, now);
          }
        }
      }
    }
    return written;
  }

  private boolean due(long second, long now) {
    return now - second > lifetimes.marginSeconds() / 2;
  }

  private int prolong(PendingHour hour, int arrival, long now) throws StoreException {
    int written = 0;
    for (Partition part : index.parts(hour)) {
      if (part.key().arrival() == arrival && part.waits()) {
        written += prolong(part, now);
        CqlExecutor.await(index.keep(part));
      }
    }
    backlog.kept(arrival, hour, now);
    return written;
  }

  private int prolong(Partition part, long now) throws StoreException {
    int rows = SizeClass.of(part.key()).rows();
    EventId next = part.archivedTo().map(EventId::next).orElse(EventId.first(0));
    int written = 0;
    List<Row> found;
    do {
      found = requests.rows(table.readAged(part.key(), next, rows));
      List<BoundStatement> again = new ArrayList<>();
      int bytes = 0;
      for (Row row : found) {
        ByteBuffer value = row.getByteBuffer("value");
        EventId id = EventIds.read(row.getByteBuffer("id"));
        next = id.next();
        Optional<StoredEvent> event =
            EventValueCodec.decode(part.key().eventType(), id, Bytes.getArray(value));
        if (event.isPresent() && event.get().details().archive()) {
          int ttl = lifetimes.event(event.get().details().expiresAtSecond(), true, now);
          bytes += value.remaining();
          again.add(
              table.insert(part.key(), EventIds.bytes(id), value, ttl, row.getLong("written") + 1));
        }
      }
      if (!again.isEmpty()) {
        CqlExecutor.await(writes.write(part.key(), again, bytes));
      }
      written += again.size();
    } while (found.size() == rows);
    return written;
  }
}
