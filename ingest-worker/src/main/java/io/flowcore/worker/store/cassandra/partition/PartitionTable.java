package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The table {@code partitions}: the partitions of each hour of an event type, how far they are
 * archived, and which worker has claimed the hour. The claim is a static column, so that progress
 * can be written on the condition that the claim is held, in one step.
 */
public final class PartitionTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "partitions",
          "event_type uuid, hour int, minute int, ingest_hour int, shard int, expires_at bigint,"
              + " requires_archive boolean, archived_through blob, claim_owner bigint static,"
              + " PRIMARY KEY ((event_type, hour), minute, ingest_hour, shard)");

  /** A claim that is not renewed for this long expires. A segment is stored in less time. */
  public static final Duration CLAIM_DURATION = Duration.ofMinutes(5);

  private final CqlExecutor executor;
  private final PreparedStatement insert;
  private final PreparedStatement insertRequiringArchive;
  private final PreparedStatement read;
  private final PreparedStatement setArchivedThrough;
  private final PreparedStatement claim;
  private final PreparedStatement renewClaim;
  private final PreparedStatement releaseClaim;

  /** Prepares the statements of the table. */
  public PartitionTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    String hour = " WHERE event_type = ? AND hour = ?";
    insert =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (event_type, hour, minute, ingest_hour, shard, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
                + " USING TTL ? AND TIMESTAMP ?");
    insertRequiringArchive =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (event_type, hour, minute, ingest_hour, shard, expires_at, requires_archive)"
                + " VALUES (?, ?, ?, ?, ?, ?, true) USING TTL ? AND TIMESTAMP ?");
    read =
        keyspace.prepare(
            "SELECT minute, ingest_hour, shard, expires_at, requires_archive, archived_through FROM "
                + table
                + hour
                + " AND minute >= ? AND minute <= ?");
    setArchivedThrough =
        keyspace.prepare(
            "UPDATE "
                + table
                + " USING TTL ? SET archived_through = ?"
                + hour
                + " AND minute = ? AND ingest_hour = ? AND shard = ?");
    String setOwner =
        "UPDATE " + table + " USING TTL " + CLAIM_DURATION.toSeconds() + " SET claim_owner = ?";
    claim = keyspace.prepare(setOwner + hour + " IF claim_owner = null");
    renewClaim = keyspace.prepare(setOwner + hour + " IF claim_owner = ?");
    releaseClaim =
        keyspace.prepare(
            "UPDATE " + table + " SET claim_owner = null" + hour + " IF claim_owner = ?");
  }

  /**
   * Returns a statement that inserts a partition.
   *
   * @param ttl in seconds
   * @param timestamp of the write, in microseconds
   */
  BoundStatement insert(
      PartitionKey key, long expiresAt, boolean requiresArchive, int ttl, long timestamp) {
    return (requiresArchive ? insertRequiringArchive : insert)
        .bind(
            key.eventType(),
            key.hour().hour(),
            key.minute(),
            key.ingestHour(),
            key.shard(),
            expiresAt,
            ttl,
            timestamp);
  }

  /** Reads the partitions of an hour between two minutes, both inclusive, sorted by minute. */
  List<Partition> read(UUID eventType, TimeBucket hour, int fromMinute, int toMinute)
      throws StoreException {
    List<Partition> partitions = new ArrayList<>();
    for (Row row : executor.rows(read.bind(eventType, hour.hour(), fromMinute, toMinute))) {
      partitions.add(partition(eventType, row));
    }
    return partitions;
  }

  private static Partition partition(UUID eventType, Row row) {
    PartitionKey key =
        new PartitionKey(
            eventType, row.getInt("minute"), row.getInt("ingest_hour"), row.getInt("shard"));
    Optional<EventId> archivedThrough =
        Optional.ofNullable(row.getByteBuffer("archived_through")).map(EventIds::read);
    return new Partition(
        key, row.getLong("expires_at"), row.getBoolean("requires_archive"), archivedThrough);
  }

  /** Returns a statement that records how far a partition is archived. */
  public BoundStatement setArchivedThrough(PartitionKey key, EventId through, int ttl) {
    return setArchivedThrough.bind(
        ttl,
        EventIds.bytes(through),
        key.eventType(),
        key.hour().hour(),
        key.minute(),
        key.ingestHour(),
        key.shard());
  }

  /**
   * Claims an hour for an owner, unless it is claimed.
   *
   * @return whether the owner has the claim
   */
  public boolean claim(PendingHour hour, long owner) throws StoreException {
    Optional<Row> other =
        executor.executeConditional(claim.bind(owner, hour.eventType(), hour.bucket().hour()));
    return other.isEmpty() || other.get().getLong("claim_owner") == owner;
  }

  /** Returns a conditional statement that renews a claim, if the owner still has it. */
  public BoundStatement renewClaim(PendingHour hour, long owner) {
    return renewClaim.bind(owner, hour.eventType(), hour.bucket().hour(), owner);
  }

  /** Releases a claim, if the owner still has it. */
  public void releaseClaim(PendingHour hour, long owner) throws StoreException {
    var _ =
        executor.executeConditional(
            releaseClaim.bind(hour.eventType(), hour.bucket().hour(), owner));
  }
}
