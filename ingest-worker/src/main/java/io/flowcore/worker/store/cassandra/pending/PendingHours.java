package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingArchive.HourVisitor;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.partition.PartitionKey;
import io.flowcore.worker.store.cassandra.partition.PendingRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The hours that are pending archive, by the hour in which their events were ingested. A row is
 * deleted when its ingest hour is closed and all of it is archived. No worker writes such a row any
 * more, so the deletion cannot hide a write.
 */
public final class PendingHours implements PendingRegistry {
  /** Each needs about 100 bytes. */
  private static final int MAX_REMEMBERED = 100_000;

  private final PendingIngestHourTable ingestHours;
  private final PendingHourTable hours;
  private final RowTtls ttls;

  /** Creates access to the two tables. */
  public PendingHours(PendingIngestHourTable ingestHours, PendingHourTable hours, RowTtls ttls) {
    this.ingestHours = ingestHours;
    this.hours = hours;
    this.ttls = ttls;
  }

  @Override
  public List<BoundStatement> register(PartitionKey key, long expiresAt, int ttl, long timestamp) {
    return List.of(
        ingestHours.insert(key.ingestHour(), expiresAt, ttl, timestamp),
        hours.insert(key, expiresAt, ttl, timestamp));
  }

  /** Returns whether an ingest hour is over, so that no more events of it are acknowledged. */
  static boolean isClosed(int ingestHour, long readWatermark) {
    return new TimeBucket(ingestHour).lastTick() <= readWatermark;
  }

  /** Returns the ingest hours that have pending events, the earliest first. */
  List<Integer> ingestHours() throws StoreException {
    return ingestHours.read();
  }

  /** Visits the hours that have pending events of an ingest hour. */
  void visitHours(int ingestHour, PendingHourTable.Visitor visitor) throws StoreException {
    hours.visit(ingestHour, visitor);
  }

  /**
   * Visits each pending hour. If there are very many, some that have events of several ingest hours
   * are visited more than once, because only a limited number is remembered.
   *
   * @param readWatermark the read watermark, as of before this call
   */
  public void visit(long readWatermark, HourVisitor visitor) throws StoreException {
    Set<PendingHour> visited = new HashSet<>();
    for (int ingestHour : ingestHours()) {
      boolean[] empty = {true};
      visitHours(
          ingestHour,
          row -> {
            empty[0] = false;
            boolean known = visited.contains(row.hour());
            if (!known && visited.size() < MAX_REMEMBERED) {
              visited.add(row.hour());
            }
            if (!known) {
              visitor.visit(row.hour());
            }
          });
      if (empty[0] && isClosed(ingestHour, readWatermark)) {
        ingestHours.delete(ingestHour);
      }
    }
  }

  /** Records that the TTLs of an hour's events were refreshed. */
  void markRefreshed(int ingestHour, PendingHour hour, long nowSecond) throws StoreException {
    hours.setRefreshedAt(ingestHour, hour, nowSecond, ttls.indexTtl(nowSecond, nowSecond));
  }

  /** Removes an hour from ingest hours that are closed and archived. */
  void remove(PendingHour hour, Set<Integer> closedIngestHours) throws StoreException {
    for (int ingestHour : closedIngestHours) {
      hours.delete(ingestHour, hour);
    }
  }
}
