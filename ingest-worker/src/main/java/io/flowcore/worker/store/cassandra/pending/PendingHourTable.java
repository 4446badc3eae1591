package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import io.flowcore.worker.store.cassandra.cql.WriteTimestamps;
import io.flowcore.worker.store.cassandra.partition.PartitionKey;
import java.util.OptionalLong;

/**
 * The table {@code pending_hours}: the hours of event time that are pending archive, by the hour in
 * which their events were ingested.
 */
public final class PendingHourTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "pending_hours",
          "ingest_hour int, event_type uuid, hour int, expires_at bigint, refreshed_at bigint,"
              + " PRIMARY KEY (ingest_hour, event_type, hour)");

  private final CqlExecutor executor;
  private final PreparedStatement insert;
  private final PreparedStatement read;
  private final PreparedStatement setRefreshedAt;
  private final PreparedStatement find;
  private final PreparedStatement delete;

  /**
   * A row of the table.
   *
   * @param refreshedAt epoch second at which the TTLs of the hour's events were last refreshed;
   *     empty if they were not
   */
  record PendingHourRow(PendingHour hour, OptionalLong refreshedAt) {}

  /** Prepares the statements of the table. */
  public PendingHourTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    String row = " WHERE ingest_hour = ? AND event_type = ? AND hour = ?";
    insert =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (ingest_hour, event_type, hour, expires_at) VALUES (?, ?, ?, ?)"
                + " USING TTL ? AND TIMESTAMP ?");
    read =
        keyspace.prepare(
            "SELECT event_type, hour, refreshed_at FROM " + table + " WHERE ingest_hour = ?");
    setRefreshedAt =
        keyspace.prepare(
            "UPDATE " + table + " USING TTL ? AND TIMESTAMP ? SET refreshed_at = ?" + row);
    find = keyspace.prepare("SELECT hour FROM " + table + row);
    delete = keyspace.prepare("DELETE FROM " + table + " USING TIMESTAMP ?" + row);
  }

  BoundStatement insert(PartitionKey key, long expiresAt, int ttl, long timestamp) {
    return insert.bind(
        key.ingestHour(), key.eventType(), key.hour().hour(), expiresAt, ttl, timestamp);
  }

  /** Receives rows one at a time. */
  interface Visitor {
    void row(PendingHourRow row) throws StoreException;
  }

  /** Visits the hours of an ingest hour, which may be very many. */
  void visit(int ingestHour, Visitor visitor) throws StoreException {
    executor.visit(
        read.bind(ingestHour),
        row ->
            visitor.row(
                new PendingHourRow(
                    new PendingHour(row.getUuid("event_type"), new TimeBucket(row.getInt("hour"))),
                    row.isNull("refreshed_at")
                        ? OptionalLong.empty()
                        : OptionalLong.of(row.getLong("refreshed_at")))));
  }

  /**
   * Records when the TTLs of an hour's events were refreshed.
   *
   * @param ttl in seconds
   */
  void setRefreshedAt(int ingestHour, PendingHour hour, long second, int ttl)
      throws StoreException {
    executor.execute(
        setRefreshedAt.bind(
            ttl,
            WriteTimestamps.rankedBySecond(second),
            second,
            ingestHour,
            hour.eventType(),
            hour.bucket().hour()));
  }

  /** Deletes an hour, if it exists: an unnecessary deletion would leave a tombstone. */
  void delete(int ingestHour, PendingHour hour) throws StoreException {
    int bucket = hour.bucket().hour();
    if (executor.row(find.bind(ingestHour, hour.eventType(), bucket)).isPresent()) {
      executor.execute(delete.bind(WriteTimestamps.DELETION, ingestHour, hour.eventType(), bucket));
    }
  }
}
