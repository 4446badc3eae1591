package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Numbers by scope and hour. The number is its own timestamp, so that the greatest stays. */
final class CassandraManifestGenerations {
  private final CqlExecutor requests;
  private final PreparedStatement read;
  private final PreparedStatement write;
  private final PreparedStatement hours;

  CassandraManifestGenerations(CqlSession session, CqlExecutor requests, String keyspace) {
    this.requests = requests;
    read =
        session.prepare("SELECT number FROM " + keyspace + ".marks WHERE scope = ? AND hour = ?");
    write =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".marks (scope, hour, number) VALUES (?, ?, ?) USING TIMESTAMP ?");
    hours =
        session.prepare(
            "SELECT hour FROM " + keyspace + ".marks WHERE scope = ? AND hour >= ? AND hour <= ?");
  }

  long of(byte[] scope, TimeBucket hour) throws StoreException {
    Row row = requests.row(read.bind(ByteBuffer.wrap(scope), hour.hour()));
    return row == null ? 0 : row.getLong("number");
  }

  void set(byte[] scope, TimeBucket hour, long number) throws StoreException {
    requests.run(write.bind(ByteBuffer.wrap(scope), hour.hour(), number, number));
  }

  List<TimeBucket> hours(byte[] scope, TimeBucket from, TimeBucket to) throws StoreException {
    List<TimeBucket> found = new ArrayList<>();
    for (Row row : requests.rows(hours.bind(ByteBuffer.wrap(scope), from.hour(), to.hour()))) {
      found.add(new TimeBucket(row.getInt("hour")));
    }
    return found;
  }
}
