package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The table {@code schema_state}: the version of the tables, and the lock of the worker that
 * creates them. Its statements are not prepared, since the table may not exist yet.
 */
final class SchemaStateTable {
  static final TableDefinition TABLE =
      new TableDefinition("schema_state", "k int PRIMARY KEY, version int, owner bigint");

  /** A worker that fails while it creates the tables loses the lock after this time. */
  private static final int LOCK_SECONDS = 60;

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final CqlKeyspace keyspace;
  private final String table;

  SchemaStateTable(CqlKeyspace keyspace) {
    this.keyspace = keyspace;
    table = keyspace.table(TABLE);
  }

  /** Returns the statement that records the version without a lock. */
  static String insertStatement(String keyspace, int version) {
    return String.format(
        Locale.ROOT,
        "INSERT INTO %s (k, version) VALUES (0, %d)",
        TABLE.qualifiedName(keyspace),
        version);
  }

  /**
   * Returns the version of the tables; 0 if there are none.
   *
   * @throws StoreException if another release has created the tables
   */
  int version() throws StoreException {
    boolean exists =
        keyspace
                .session()
                .execute(
                    SimpleStatement.newInstance(
                        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?",
                        keyspace.name(),
                        TABLE.name()))
                .one()
            != null;
    if (!exists) {
      return 0;
    }
    Row row =
        keyspace
            .session()
            .execute(
                SimpleStatement.newInstance("SELECT version FROM " + table + " WHERE k = 0")
                    .setConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL))
            .one();
    int version = row == null ? 0 : row.getInt("version");
    if (version > CassandraSchema.VERSION) {
      throw new StoreException(
          Kind.UNUSABLE,
          String.format(
              Locale.ROOT,
              "the tables of the keyspace %s have version %d, but this release supports only version %d; use a newer release",
              keyspace.name(),
              version,
              CassandraSchema.VERSION));
    }
    if (version > 0 && version < CassandraSchema.VERSION) {
      throw new StoreException(
          Kind.UNUSABLE,
          String.format(
              Locale.ROOT,
              "the tables of the keyspace %s have version %d, which this release cannot upgrade to version %d; use a new keyspace",
              keyspace.name(),
              version,
              CassandraSchema.VERSION));
    }
    return version;
  }

  /** Acquires the lock; returns whether the owner has it. */
  boolean lock(long owner) throws StoreException {
    Optional<Row> other =
        executeConditional(
            String.format(
                Locale.ROOT,
                "UPDATE %s USING TTL %d SET owner = %d WHERE k = 0 IF owner = null",
                table,
                LOCK_SECONDS,
                owner));
    return other.isEmpty() || other.get().getLong("owner") == owner;
  }

  /** Records the version and releases the lock, if the owner still has it. */
  void setVersion(int version, long owner) throws StoreException {
    var _ =
        executeConditional(
            String.format(
                Locale.ROOT,
                "UPDATE %s SET version = %d, owner = null WHERE k = 0 IF owner = %d",
                table,
                version,
                owner));
  }

  private Optional<Row> executeConditional(String statement) throws StoreException {
    return keyspace
        .executor()
        .executeConditional(SimpleStatement.newInstance(statement).setTimeout(TIMEOUT));
  }
}
