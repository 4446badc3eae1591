package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.partition.EventIds;
import io.flowcore.worker.store.cassandra.partition.Partition;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who archives an hour, and how far it is. Both stand in the partition of the hour's parts, so that
 * progress is written only while the claim holds, in one step.
 */
public final class ClaimTable {
  /** After this a claim that was not renewed is anybody's. A segment is stored in less. */
  public static final Duration CLAIM = Duration.ofMinutes(5);

  private static final int PARTS_AT_ONCE = 100;

  private final CqlExecutor requests;
  private final RowTtls lifetimes;
  private final Clock clock;
  private final PreparedStatement take;
  private final PreparedStatement renew;
  private final PreparedStatement release;
  private final PreparedStatement progress;

  public ClaimTable(
      CqlSession session, CqlExecutor requests, String keyspace, RowTtls lifetimes, Clock clock) {
    this.requests = requests;
    this.lifetimes = lifetimes;
    this.clock = clock;
    String owner =
        "UPDATE " + keyspace + ".parts USING TTL " + CLAIM.toSeconds() + " SET owner = ?";
    String hour = " WHERE event_type = ? AND hour = ?";
    take = session.prepare(owner + hour + " IF owner = null");
    renew = session.prepare(owner + hour + " IF owner = ?");
    release =
        session.prepare("UPDATE " + keyspace + ".parts SET owner = null" + hour + " IF owner = ?");
    progress =
        session.prepare(
            "UPDATE "
                + keyspace
                + ".parts USING TTL ? SET archived_to = ?"
                + hour
                + " AND minute = ? AND arrival = ? AND split = ?");
  }

  /** Whether the hour was nobody's. */
  boolean take(PendingHour hour, long owner) throws StoreException {
    Optional<Row> other =
        requests.conditional(take.bind(owner, hour.eventType(), hour.bucket().hour()));
    return other.isEmpty() || other.get().getLong("owner") == owner;
  }

  void release(PendingHour hour, long owner) throws StoreException {
    var _ = requests.conditional(release.bind(hour.eventType(), hour.bucket().hour(), owner));
  }

  /**
   * Notes how far some parts are archived, and renews the claim.
   *
   * @return false if the hour is another's by now; then nothing is noted
   */
  boolean progress(PendingHour hour, long owner, List<Partition> parts, EventId to)
      throws StoreException {
    long now = clock.instant().getEpochSecond();
    int next = 0;
    do {
      List<Partition> some = parts.subList(next, Math.min(parts.size(), next + PARTS_AT_ONCE));
      BatchStatementBuilder batch = new BatchStatementBuilder(BatchType.LOGGED);
      batch.addStatement(renew.bind(owner, hour.eventType(), hour.bucket().hour(), owner));
      for (Partition part : some) {
        batch.addStatement(
            progress.bind(
                lifetimes.index(part.expires(), now),
                EventIds.bytes(to),
                hour.eventType(),
                hour.bucket().hour(),
                part.key().minute(),
                part.key().arrival(),
                part.key().split()));
      }
      if (requests.conditional(batch.build()).isPresent()) {
        return false;
      }
      next += some.size();
    } while (next < parts.size());
    return true;
  }
}
