package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.flowcore.worker.event.EventId;
import java.nio.ByteBuffer;

/** Statements of the table of events. */
public final class EventTable {
  private final PreparedStatement insert;
  private final PreparedStatement delete;
  private final PreparedStatement ascending;
  private final PreparedStatement descending;
  private final PreparedStatement aged;

  public EventTable(CqlSession session, String keyspace) {
    String part = "event_type = ? AND minute = ? AND arrival = ? AND split = ?";
    insert =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".events (event_type, minute, arrival, split, id, value) VALUES (?, ?, ?, ?, ?, ?)"
                + " USING TTL ? AND TIMESTAMP ?");
    delete =
        session.prepare(
            "DELETE FROM " + keyspace + ".events USING TIMESTAMP ? WHERE " + part + " AND id = ?");
    String range = " FROM " + keyspace + ".events WHERE " + part + " AND id >= ? AND id <= ?";
    ascending = session.prepare("SELECT id, value" + range + " ORDER BY id ASC LIMIT ?");
    descending = session.prepare("SELECT id, value" + range + " ORDER BY id DESC LIMIT ?");
    aged =
        session.prepare(
            "SELECT id, value, writetime(value) AS written" + range + " ORDER BY id ASC LIMIT ?");
  }

  /**
   * Puts an event there.
   *
   * @param timestamp of the write, in microseconds
   */
  public BoundStatement insert(
      PartitionKey key, ByteBuffer id, ByteBuffer value, int ttl, long timestamp) {
    return insert.bind(
        key.eventType(), key.minute(), key.arrival(), key.split(), id, value, ttl, timestamp);
  }

  public BoundStatement delete(PartitionKey key, EventId id, long timestamp) {
    return delete.bind(
        timestamp, key.eventType(), key.minute(), key.arrival(), key.split(), EventIds.bytes(id));
  }

  /** Events between two ids, both of which count, at most so many. */
  BoundStatement read(PartitionKey key, EventId first, EventId last, boolean up, int rows) {
    return bind(up ? ascending : descending, key, first, last, rows);
  }

  /** As above, upwards, with the timestamp of each write. */
  public BoundStatement readAged(PartitionKey key, EventId first, int rows) {
    return bind(aged, key, first, Partition.ALL, rows);
  }

  private static BoundStatement bind(
      PreparedStatement statement, PartitionKey key, EventId first, EventId last, int rows) {
    // The answer is one page: the limit bounds it.
    return statement
        .bind(
            key.eventType(),
            key.minute(),
            key.arrival(),
            key.split(),
            EventIds.bytes(first),
            EventIds.bytes(last),
            rows)
        .setPageSize(rows + 1);
  }
}
