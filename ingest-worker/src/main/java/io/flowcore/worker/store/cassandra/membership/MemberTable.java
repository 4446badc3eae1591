package io.flowcore.worker.store.cassandra.membership;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import io.flowcore.worker.store.cassandra.cql.WriteTimestamps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The table {@code members}: a row for each member, and the ceiling, all in one partition. */
public final class MemberTable {
  public static final TableDefinition TABLE =
      new TableDefinition(
          "members",
          "k int, incarnation bigint, floor bigint, heartbeat bigint, name text, ceiling bigint static,"
              + " PRIMARY KEY (k, incarnation)",
          "gc_grace_seconds = 3600");

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final CqlSession session;
  private final CqlExecutor executor;
  private final String workerName;
  private final PreparedStatement writeMember;
  private final PreparedStatement raiseCeiling;
  private final PreparedStatement readAll;
  private final PreparedStatement delete;

  /**
   * Prepares the statements of the table.
   *
   * @param workerName stored with the member's row, for administrators
   */
  public MemberTable(CqlKeyspace keyspace, String workerName) {
    session = keyspace.session();
    executor = keyspace.executor();
    this.workerName = workerName;
    String table = keyspace.table(TABLE);
    writeMember =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (k, incarnation, floor, heartbeat, name) VALUES (0, ?, ?, ?, ?) USING TIMESTAMP ?");
    raiseCeiling =
        keyspace.prepare("UPDATE " + table + " USING TIMESTAMP ? SET ceiling = ? WHERE k = 0");
    readAll =
        keyspace.prepare(
            "SELECT incarnation, floor, heartbeat, ceiling FROM " + table + " WHERE k = 0");
    delete =
        keyspace.prepare(
            "DELETE FROM " + table + " USING TIMESTAMP ? WHERE k = 0 AND incarnation = ?");
  }

  /**
   * Writes a member's row and raises the ceiling to its floor, in one write. The write is not
   * retried, since the next heartbeat replaces it. The row's timestamp is the heartbeat, because a
   * clock may be set back.
   */
  public void write(long incarnation, long heartbeat, long floor) throws StoreException {
    BatchStatement batch =
        BatchStatement.newInstance(
                DefaultBatchType.UNLOGGED,
                writeMember.bind(incarnation, floor, heartbeat, workerName, heartbeat + 1),
                raiseCeiling.bind(Math.max(0, WriteTimestamps.ofTicks(floor)) + 1, floor))
            .setTimeout(TIMEOUT);
    CqlExecutor.await(session.executeAsync(batch));
  }

  /** Reads all rows and the ceiling. */
  FailureDetector.Snapshot read() throws StoreException {
    List<FailureDetector.Member> members = new ArrayList<>();
    long ceiling = 0;
    for (Row row : executor.rows(readAll.bind().setTimeout(TIMEOUT))) {
      ceiling = Math.max(ceiling, row.getLong("ceiling"));
      // A partition that has only static values is returned as one row without a clustering key.
      if (!row.isNull("incarnation")) {
        members.add(
            new FailureDetector.Member(
                row.getLong("incarnation"), row.getLong("floor"), row.getLong("heartbeat")));
      }
    }
    return new FailureDetector.Snapshot(members, ceiling);
  }

  /** Deletes a member's row. A later write of the same incarnation does not restore it. */
  void delete(long incarnation) throws StoreException {
    executor.execute(delete.bind(WriteTimestamps.DELETION, incarnation).setTimeout(TIMEOUT));
  }
}
