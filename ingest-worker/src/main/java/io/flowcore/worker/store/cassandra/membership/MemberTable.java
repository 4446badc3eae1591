package io.flowcore.worker.store.cassandra.membership;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.partition.EventIds;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The rows of the members. */
public final class MemberTable {
  /** Numbers of workers take 23 of the 60 bits of an event's number; see {@link EventIds}. */
  private static final long MOST_INCARNATIONS = EventIds.MOST_INCARNATIONS;

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final CqlSession session;
  private final CqlExecutor requests;
  private final String name;
  private final PreparedStatement last;
  private final PreparedStatement first;
  private final PreparedStatement next;
  private final PreparedStatement row;
  private final PreparedStatement ceiling;
  private final PreparedStatement rows;
  private final PreparedStatement remove;

  public MemberTable(CqlSession session, CqlExecutor requests, String keyspace, String name) {
    this.session = session;
    this.requests = requests;
    this.name = name;
    last = session.prepare("SELECT last FROM " + keyspace + ".incarnations WHERE k = 0");
    first =
        session.prepare(
            "INSERT INTO " + keyspace + ".incarnations (k, last) VALUES (0, ?) IF NOT EXISTS");
    next =
        session.prepare(
            "UPDATE " + keyspace + ".incarnations SET last = ? WHERE k = 0 IF last = ?");
    row =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".members (k, incarnation, floor, beat, name) VALUES (0, ?, ?, ?, ?) USING TIMESTAMP ?");
    ceiling =
        session.prepare(
            "UPDATE " + keyspace + ".members USING TIMESTAMP ? SET ceiling = ? WHERE k = 0");
    rows =
        session.prepare(
            "SELECT incarnation, floor, beat, ceiling FROM " + keyspace + ".members WHERE k = 0");
    remove =
        session.prepare(
            "DELETE FROM "
                + keyspace
                + ".members USING TIMESTAMP ? WHERE k = 0 AND incarnation = ?");
  }

  /** A number that no worker had or will have. */
  public long nextIncarnation() throws StoreException {
    while (true) {
      Row found = requests.row(last.bind().setConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL));
      long before = found == null ? 0 : found.getLong("last");
      if (before >= MOST_INCARNATIONS) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            "the keyspace has seen %d starts of workers, and there are no more numbers for them"
                .formatted(before));
      }
      boolean taken =
          requests
              .conditional(found == null ? first.bind(before + 1) : next.bind(before + 1, before))
              .isEmpty();
      if (taken) {
        return before + 1;
      }
    }
  }

  /**
   * Writes a member's row, and raises the ceiling. Tried once: the next beat says more. A row's
   * timestamp is its beat, since a clock may be set back.
   */
  public void write(long incarnation, long beat, long floor) throws StoreException {
    BatchStatement both =
        BatchStatement.newInstance(
                DefaultBatchType.UNLOGGED,
                row.bind(incarnation, floor, beat, name, beat + 1),
                ceiling.bind(Math.max(0, EventWriter.timestamp(floor)) + 1, floor))
            .setTimeout(TIMEOUT);
    CqlExecutor.await(session.executeAsync(both));
  }

  FailureDetector.Members read() throws StoreException {
    List<FailureDetector.Member> members = new ArrayList<>();
    long highest = 0;
    for (Row found : requests.rows(rows.bind().setTimeout(TIMEOUT))) {
      highest = Math.max(highest, found.getLong("ceiling"));
      // A partition with a static value and no rows answers with a row of nulls.
      if (!found.isNull("incarnation")) {
        members.add(
            new FailureDetector.Member(
                found.getLong("incarnation"), found.getLong("floor"), found.getLong("beat")));
      }
    }
    return new FailureDetector.Members(members, highest);
  }

  /** It stays removed, whatever its worker still writes. */
  void remove(long incarnation) throws StoreException {
    requests.run(remove.bind(RowTtls.REMOVED, incarnation).setTimeout(TIMEOUT));
  }
}
