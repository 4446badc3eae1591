package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import java.util.List;

/** Records which hours have events that must be archived. */
public interface PendingRegistry {
  /**
   * Returns the statements that record the hour of a partition which requires archiving.
   *
   * @param expiresAt epoch second at which the partition's events expire
   * @param ttl of the rows, in seconds
   * @param timestamp of the writes, in microseconds
   */
  List<BoundStatement> register(PartitionKey key, long expiresAt, int ttl, long timestamp);
}
