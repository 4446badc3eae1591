package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import io.flowcore.worker.store.cassandra.cql.WriteTimestamps;
import java.util.ArrayList;
import java.util.List;

/**
 * The table {@code pending_ingest_hours}: the ingest hours whose events are pending archive, all in
 * one partition.
 */
public final class PendingIngestHourTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "pending_ingest_hours",
          "k int, ingest_hour int, expires_at bigint, PRIMARY KEY (k, ingest_hour)");

  private final CqlExecutor executor;
  private final PreparedStatement insert;
  private final PreparedStatement read;
  private final PreparedStatement delete;

  /** Prepares the statements of the table. */
  public PendingIngestHourTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    insert =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (k, ingest_hour, expires_at) VALUES (0, ?, ?) USING TTL ? AND TIMESTAMP ?");
    read = keyspace.prepare("SELECT ingest_hour FROM " + table + " WHERE k = 0");
    delete =
        keyspace.prepare(
            "DELETE FROM " + table + " USING TIMESTAMP ? WHERE k = 0 AND ingest_hour = ?");
  }

  BoundStatement insert(int ingestHour, long expiresAt, int ttl, long timestamp) {
    return insert.bind(ingestHour, expiresAt, ttl, timestamp);
  }

  /** Reads all ingest hours, the earliest first. */
  List<Integer> read() throws StoreException {
    List<Integer> ingestHours = new ArrayList<>();
    for (Row row : executor.rows(read.bind())) {
      ingestHours.add(row.getInt("ingest_hour"));
    }
    return ingestHours;
  }

  void delete(int ingestHour) throws StoreException {
    executor.execute(delete.bind(WriteTimestamps.DELETION, ingestHour));
  }
}
