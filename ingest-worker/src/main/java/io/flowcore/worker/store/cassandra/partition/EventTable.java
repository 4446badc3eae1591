package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The table {@code events}: the events of a partition in the order of their ids. Whole files are
 * dropped when all events in them have expired, so the table uses time windows of one day.
 */
public final class EventTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "events",
          "event_type uuid, minute int, ingest_hour int, shard int, id blob, value blob,"
              + " PRIMARY KEY ((event_type, minute, ingest_hour, shard), id)",
          "compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS',"
              + " 'compaction_window_size': 1} AND gc_grace_seconds = 86400");

  private final CqlExecutor executor;
  private final PreparedStatement insert;
  private final PreparedStatement delete;
  private final PreparedStatement readAscending;
  private final PreparedStatement readDescending;
  private final PreparedStatement readWithTimestamps;

  /**
   * An event with the timestamp of its write.
   *
   * @param value see {@link io.flowcore.worker.store.EventValueCodec}
   * @param timestamp in microseconds
   */
  public record WrittenEvent(EventId id, ByteBuffer value, long timestamp) {}

  /** Prepares the statements of the table. */
  public EventTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    String partition = "event_type = ? AND minute = ? AND ingest_hour = ? AND shard = ?";
    insert =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (event_type, minute, ingest_hour, shard, id, value) VALUES (?, ?, ?, ?, ?, ?)"
                + " USING TTL ? AND TIMESTAMP ?");
    delete =
        keyspace.prepare(
            "DELETE FROM " + table + " USING TIMESTAMP ? WHERE " + partition + " AND id = ?");
    String range = " FROM " + table + " WHERE " + partition + " AND id >= ? AND id <= ?";
    readAscending = keyspace.prepare("SELECT id, value" + range + " ORDER BY id ASC LIMIT ?");
    readDescending = keyspace.prepare("SELECT id, value" + range + " ORDER BY id DESC LIMIT ?");
    readWithTimestamps =
        keyspace.prepare(
            "SELECT id, value, writetime(value) AS written" + range + " ORDER BY id ASC LIMIT ?");
  }

  /**
   * Returns a statement that inserts an event.
   *
   * @param ttl in seconds
   * @param timestamp of the write, in microseconds
   */
  public BoundStatement insert(
      PartitionKey key, ByteBuffer id, ByteBuffer value, int ttl, long timestamp) {
    return insert.bind(
        key.eventType(), key.minute(), key.ingestHour(), key.shard(), id, value, ttl, timestamp);
  }

  /**
   * Deletes an event without waiting for the result.
   *
   * @param timestamp of the deletion, in microseconds
   */
  public CompletionStage<AsyncResultSet> delete(Placement placement, long timestamp) {
    PartitionKey key = placement.partition();
    return executor.send(
        delete.bind(
            timestamp,
            key.eventType(),
            key.minute(),
            key.ingestHour(),
            key.shard(),
            EventIds.bytes(placement.id())));
  }

  /** Returns a statement that reads at most some events between two ids, both inclusive. */
  BoundStatement read(PartitionKey key, EventId first, EventId last, boolean ascending, int rows) {
    return bindRead(ascending ? readAscending : readDescending, key, first, last, rows);
  }

  /** Reads at most some events from an id on, in ascending order. */
  public List<WrittenEvent> readWithTimestamps(PartitionKey key, EventId first, int rows)
      throws StoreException {
    List<WrittenEvent> events = new ArrayList<>();
    for (Row row : executor.rows(bindRead(readWithTimestamps, key, first, Partition.ALL, rows))) {
      events.add(
          new WrittenEvent(
              EventIds.read(row.getByteBuffer("id")),
              row.getByteBuffer("value"),
              row.getLong("written")));
    }
    return events;
  }

  private static BoundStatement bindRead(
      PreparedStatement statement, PartitionKey key, EventId first, EventId last, int rows) {
    // The limit bounds the result, so it is read as one page.
    return statement
        .bind(
            key.eventType(),
            key.minute(),
            key.ingestHour(),
            key.shard(),
            EventIds.bytes(first),
            EventIds.bytes(last),
            rows)
        .setPageSize(rows + 1);
  }
}
