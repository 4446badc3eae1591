package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import io.flowcore.worker.store.cassandra.idempotency.IdempotencyRecordTable;
import io.flowcore.worker.store.cassandra.membership.IncarnationTable;
import io.flowcore.worker.store.cassandra.membership.MemberTable;
import io.flowcore.worker.store.cassandra.partition.EventHourTable;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.PartitionTable;
import io.flowcore.worker.store.cassandra.pending.PendingHourTable;
import io.flowcore.worker.store.cassandra.pending.PendingIngestHourTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * The tables of a keyspace, and how they are created.
 *
 * <h2>Partitions</h2>
 *
 * <p>Events are stored in partitions. A partition's key has four parts:
 *
 * <ul>
 *   <li>the <em>event type</em>;
 *   <li>the <em>minute</em> of event time, so that a range of time is a range of partitions;
 *   <li>the <em>ingest hour</em>, in which the events were ingested. When that hour is over, the
 *       partition is <em>closed</em>: it gets no more acknowledged events, so it can be archived;
 *   <li>the <em>shard</em>, which separates large events from small ones, and increases when a
 *       partition has grown large.
 * </ul>
 *
 * <p>Cassandra cannot list partitions efficiently, so other tables are their index. A partition is
 * in the index before its first event is written, and its index rows outlive its events.
 *
 * <h2>Tables</h2>
 *
 * <pre>
 * events                the events of each partition, by id
 * partitions            index: the partitions of each hour of an event type, when their events expire, how
 *                       far they are archived, and the claim of the worker that archives the hour
 * event_hours           index: the hours that each event type has events in
 * pending_ingest_hours  the ingest hours whose events are pending archive
 * pending_hours         the hours of event types that are pending archive, by ingest hour
 * manifest_generations  the highest committed generation of each manifest of the archive
 * idempotency_records   the responses of requests that carried an idempotency key
 * members               the workers, and the floor of each; see {@link
 *     io.flowcore.worker.store.cassandra.membership.Membership}
 * incarnations          the number of the worker that joined last
 * schema_state          the version of the tables, and a lock for creating them
 * </pre>
 *
 * <h2>Concurrent writes</h2>
 *
 * <p>Workers do not lock rows. What several workers may write at the same time is written in one of
 * two ways, so that the order of the writes makes no difference:
 *
 * <ul>
 *   <li>with a timestamp that is derived from the value, so that the highest value wins: index
 *       rows, the ceiling, generations;
 *   <li>with a condition (a lightweight transaction), if exactly one worker must succeed: claims,
 *       idempotency records, incarnations, the schema lock.
 * </ul>
 */
public final class CassandraSchema {
  /** The version of the tables that this release creates and uses. */
  static final int VERSION = 2;

  private static final List<TableDefinition> TABLES =
      List.of(
          EventTable.TABLE,
          PartitionTable.TABLE,
          EventHourTable.TABLE,
          PendingIngestHourTable.TABLE,
          PendingHourTable.TABLE,
          CassandraManifestGenerations.TABLE,
          IdempotencyRecordTable.TABLE,
          MemberTable.TABLE,
          IncarnationTable.TABLE);

  private CassandraSchema() {}

  /**
   * Returns the statements that create the tables, for clusters on which workers must not create
   * them.
   *
   * @param replication the replication factor of the keyspace; if empty, the keyspace must exist
   */
  public static List<String> statements(
      String keyspace, String datacenter, OptionalInt replication) {
    List<String> statements = new ArrayList<>();
    replication.ifPresent(factor -> statements.add(createKeyspace(keyspace, datacenter, factor)));
    statements.add(SchemaStateTable.TABLE.createStatement(keyspace));
    statements.addAll(createTables(keyspace));
    statements.add(SchemaStateTable.insertStatement(keyspace, VERSION));
    return statements;
  }

  /**
   * Creates the keyspace and the tables that do not exist. One worker at a time does so.
   *
   * @throws StoreException if the tables cannot be created or used; the message is for
   *     administrators
   */
  static void ensure(CqlSession session, CassandraSettings settings) throws StoreException {
    new SchemaCreator(session, settings).ensure();
  }

  static String createKeyspace(String keyspace, String datacenter, int replication) {
    return String.format(
        Locale.ROOT,
        "CREATE KEYSPACE IF NOT EXISTS %s WITH replication = {'class': 'NetworkTopologyStrategy', '%s': %d}",
        keyspace,
        datacenter,
        replication);
  }

  /** Returns the statements that create all tables except {@code schema_state}. */
  static List<String> createTables(String keyspace) {
    return TABLES.stream().map(table -> table.createStatement(keyspace)).toList();
  }
}
