package io.flowcore.worker.store.cassandra.pending;

import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchType;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.partition.Partition;
import io.flowcore.worker.store.cassandra.partition.PartitionTable;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** Claims hours, so that each hour is archived by one worker at a time. */
public final class HourClaims {
  private static final int PARTITIONS_PER_BATCH = 100;

  private final PartitionTable partitions;
  private final CqlExecutor executor;
  private final RowTtls ttls;
  private final Clock clock;
  private final LongSupplier nanoTime;

  /**
   * Creates claims.
   *
   * @param nanoTime monotonic time in nanoseconds, which limits how long a claim is held
   */
  public HourClaims(
      PartitionTable partitions,
      CqlExecutor executor,
      RowTtls ttls,
      Clock clock,
      LongSupplier nanoTime) {
    this.partitions = partitions;
    this.executor = executor;
    this.ttls = ttls;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Claims an hour; returns empty if another worker has claimed it. */
  Optional<HourClaim> claim(PendingHour hour) throws StoreException {
    long owner = ThreadLocalRandom.current().nextLong();
    long claimedNanos = nanoTime.getAsLong();
    return partitions.claim(hour, owner)
        ? Optional.of(new HourClaim(this, hour, owner, nanoTime, claimedNanos))
        : Optional.empty();
  }

  /**
   * Renews a claim, and records how far some partitions are archived.
   *
   * @param archived the partitions; empty to renew the claim only
   * @return false if the owner has lost the claim; a batch that found it lost recorded nothing
   */
  boolean renew(PendingHour hour, long owner, List<Partition> archived, EventId through)
      throws StoreException {
    long now = clock.instant().getEpochSecond();
    int next = 0;
    do {
      List<Partition> group =
          archived.subList(next, Math.min(archived.size(), next + PARTITIONS_PER_BATCH));
      BatchStatementBuilder batch = new BatchStatementBuilder(BatchType.LOGGED);
      batch.addStatement(partitions.renewClaim(hour, owner));
      for (Partition partition : group) {
        batch.addStatement(
            partitions.setArchivedThrough(
                partition.key(), through, ttls.indexTtl(partition.expiresAt(), now)));
      }
      if (executor.executeConditional(batch.build()).isPresent()) {
        return false;
      }
      next += group.size();
    } while (next < archived.size());
    return true;
  }

  void release(PendingHour hour, long owner) throws StoreException {
    partitions.releaseClaim(hour, owner);
  }
}
