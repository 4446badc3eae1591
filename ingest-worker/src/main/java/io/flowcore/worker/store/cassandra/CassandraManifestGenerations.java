package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.ManifestGenerations;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.TableDefinition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The table {@code manifest_generations}. A generation is its own write timestamp, so that the
 * highest one wins.
 */
final class CassandraManifestGenerations implements ManifestGenerations {
  static final TableDefinition TABLE =
      new TableDefinition(
          "manifest_generations",
          "scope blob, hour int, generation bigint, PRIMARY KEY (scope, hour)");

  private final CqlExecutor executor;
  private final PreparedStatement read;
  private final PreparedStatement write;
  private final PreparedStatement readFirstHours;
  private final PreparedStatement readLastHours;

  CassandraManifestGenerations(CqlKeyspace keyspace) {
    executor = keyspace.executor();
    String table = keyspace.table(TABLE);
    read = keyspace.prepare("SELECT generation FROM " + table + " WHERE scope = ? AND hour = ?");
    write =
        keyspace.prepare(
            "INSERT INTO "
                + table
                + " (scope, hour, generation) VALUES (?, ?, ?) USING TIMESTAMP ?");
    String readHours = "SELECT hour FROM " + table + " WHERE scope = ? AND hour >= ? AND hour <= ?";
    readFirstHours = keyspace.prepare(readHours + " LIMIT ?");
    readLastHours = keyspace.prepare(readHours + " ORDER BY hour DESC LIMIT ?");
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return executor
        .row(read.bind(ByteBuffer.wrap(scope), hour.hour()))
        .map(row -> row.getLong("generation"))
        .orElse(0L);
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long generation)
      throws StoreException {
    executor.execute(write.bind(ByteBuffer.wrap(scope), hour.hour(), generation, generation));
  }

  @Override
  public List<TimeBucket> hoursWithGeneration(
      byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    PreparedStatement readHours = order.isAscending() ? readFirstHours : readLastHours;
    List<TimeBucket> hours = new ArrayList<>();
    for (Row row :
        executor.rows(readHours.bind(ByteBuffer.wrap(scope), from.hour(), to.hour(), limit))) {
      hours.add(new TimeBucket(row.getInt("hour")));
    }
    return hours;
  }
}
