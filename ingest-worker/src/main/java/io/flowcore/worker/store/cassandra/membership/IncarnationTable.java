package io.flowcore.worker.store.cassandra.membership;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.util.Locale;
import java.util.Optional;

/** The table {@code incarnations}: a counter, in its only row. */
public final class IncarnationTable {
  public static final TableDefinition TABLE =
      new TableDefinition("incarnations", "k int PRIMARY KEY, last bigint");

  private final CqlExecutor executor;
  private final PreparedStatement read;
  private final PreparedStatement insertFirst;
  private final PreparedStatement increment;

  /** Prepares the statements of the table. */
  public IncarnationTable(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    read = keyspace.prepare("SELECT last FROM " + table + " WHERE k = 0");
    insertFirst =
        keyspace.prepare("INSERT INTO " + table + " (k, last) VALUES (0, ?) IF NOT EXISTS");
    increment = keyspace.prepare("UPDATE " + table + " SET last = ? WHERE k = 0 IF last = ?");
  }

  /**
   * Returns an incarnation that no worker has had or will have.
   *
   * @throws StoreException if the table cannot be read or written, or all numbers are used up
   */
  public long next() throws StoreException {
    while (true) {
      Optional<Row> found =
          executor.row(read.bind().setConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL));
      long last = found.map(row -> row.getLong("last")).orElse(0L);
      if (last >= EventNumbering.MAX_INCARNATION) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            String.format(
                Locale.ROOT,
                "workers have joined %d times, the limit of a keyspace; move the data core to a new keyspace",
                last));
      }
      boolean applied =
          executor
              .executeConditional(
                  found.isEmpty() ? insertFirst.bind(last + 1) : increment.bind(last + 1, last))
              .isEmpty();
      if (applied) {
        return last + 1;
      }
    }
  }
}
