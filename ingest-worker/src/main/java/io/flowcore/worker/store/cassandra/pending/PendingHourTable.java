package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingArchive.HourVisitor;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which hours wait to be archived, by the hour in which their events arrived. A row goes when its
 * arrival is over and all of it is archived; nobody writes such a row any more by then, so no write
 * can be lost to its removal.
 */
public final class PendingHourTable {
  private final CqlExecutor requests;
  private final RowTtls lifetimes;
  private final PreparedStatement arrivals;
  private final PreparedStatement hours;
  private final PreparedStatement keep;
  private final PreparedStatement row;
  private final PreparedStatement remove;
  private final PreparedStatement removeArrival;

  /**
   * An hour that waits.
   *
   * @param keptSecond when its events were prolonged last; empty if they were not
   */
  record Waiting(PendingHour hour, OptionalLong keptSecond) {}

  public PendingHourTable(
      CqlSession session, CqlExecutor requests, String keyspace, RowTtls lifetimes) {
    this.requests = requests;
    this.lifetimes = lifetimes;
    arrivals = session.prepare("SELECT arrival FROM " + keyspace + ".arrivals WHERE k = 0");
    hours =
        session.prepare(
            "SELECT event_type, hour, kept FROM " + keyspace + ".backlog WHERE arrival = ?");
    keep =
        session.prepare(
            "UPDATE "
                + keyspace
                + ".backlog USING TTL ? AND TIMESTAMP ? SET kept = ? WHERE arrival = ? AND event_type = ? AND hour = ?");
    row =
        session.prepare(
            "SELECT hour FROM "
                + keyspace
                + ".backlog WHERE arrival = ? AND event_type = ? AND hour = ?");
    remove =
        session.prepare(
            "DELETE FROM "
                + keyspace
                + ".backlog USING TIMESTAMP ? WHERE arrival = ? AND event_type = ? AND hour = ?");
    removeArrival =
        session.prepare(
            "DELETE FROM " + keyspace + ".arrivals USING TIMESTAMP ? WHERE k = 0 AND arrival = ?");
  }

  /** Whether an arrival gets no more acknowledged events. */
  static boolean closed(int arrival, long readWatermark) {
    return new TimeBucket(arrival).lastTick() <= readWatermark;
  }

  /** The arrivals that have hours waiting, the earliest first. */
  List<Integer> arrivals() throws StoreException {
    List<Integer> found = new ArrayList<>();
    for (Row row : requests.rows(arrivals.bind())) {
      found.add(row.getInt("arrival"));
    }
    return found;
  }

  /**
   * Visits the hours that wait, each once.
   *
   * @param readWatermark as of now, before anything is read
   */
  public void visit(long readWatermark, HourVisitor visitor) throws StoreException {
    Set<PendingHour> visited = new HashSet<>();
    for (int arrival : arrivals()) {
      List<Waiting> waiting = hours(arrival);
      for (Waiting one : waiting) {
        if (visited.add(one.hour())) {
          visitor.visit(one.hour());
        }
      }
      if (waiting.isEmpty() && closed(arrival, readWatermark)) {
        requests.run(removeArrival.bind(RowTtls.REMOVED, arrival));
      }
    }
  }

  /** The hours of an arrival that wait. */
  List<Waiting> hours(int arrival) throws StoreException {
    List<Waiting> found = new ArrayList<>();
    for (Row row : requests.rows(hours.bind(arrival))) {
      found.add(
          new Waiting(
              new PendingHour(row.getUuid("event_type"), new TimeBucket(row.getInt("hour"))),
              row.isNull("kept") ? OptionalLong.empty() : OptionalLong.of(row.getLong("kept"))));
    }
    return found;
  }

  /** Notes that an hour's events were prolonged. */
  void kept(int arrival, PendingHour hour, long nowSecond) throws StoreException {
    requests.run(
        keep.bind(
            lifetimes.index(nowSecond, nowSecond),
            RowTtls.timestamp(nowSecond),
            nowSecond,
            arrival,
            hour.eventType(),
            hour.bucket().hour()));
  }

  /** Takes an hour out of arrivals that are closed and archived. */
  void done(PendingHour hour, Set<Integer> closed) throws StoreException {
    int bucket = hour.bucket().hour();
    for (int arrival : closed) {
      if (requests.row(row.bind(arrival, hour.eventType(), bucket)) != null) {
        requests.run(remove.bind(RowTtls.REMOVED, arrival, hour.eventType(), bucket));
      }
    }
  }
}
