package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;

/** The table {@code event_hours}: the hours of event time that an event type has events in. */
public final class EventHourTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "event_hours",
          "event_type uuid, hour int, expires_at bigint, PRIMARY KEY (event_type, hour)");

  private final CqlExecutor executor;
  private final PreparedStatement insert;
  private final PreparedStatement read;

  /** Prepares the statements of the table. */
  public EventHourTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    insert =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (event_type, hour, expires_at) VALUES (?, ?, ?) USING TTL ? AND TIMESTAMP ?");
    read =
        keyspace.prepare(
            "SELECT hour, expires_at FROM "
                + table
                + " WHERE event_type = ? AND hour >= ? AND hour <= ?");
  }

  /** Returns a statement that inserts the hour of a partition. */
  BoundStatement insert(PartitionKey key, long expiresAt, int ttl, long timestamp) {
    return insert.bind(key.eventType(), key.hour().hour(), expiresAt, ttl, timestamp);
  }

  /** Reads the hours of an event type, each with the epoch second at which its events expire. */
  NavigableMap<TimeBucket, Long> read(UUID eventType, TimeBucket from, TimeBucket to)
      throws StoreException {
    NavigableMap<TimeBucket, Long> hours = new TreeMap<>();
    for (Row row : executor.rows(read.bind(eventType, from.hour(), to.hour()))) {
      hours.put(new TimeBucket(row.getInt("hour")), row.getLong("expires_at"));
    }
    return hours;
  }
}
