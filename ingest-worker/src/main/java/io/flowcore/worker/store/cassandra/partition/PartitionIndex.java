package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.cql.WriteTimestamps;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The index of partitions. A partition is registered before the first event is written to it, and
 * readers consult the index first, so they miss no partition.
 */
public final class PartitionIndex {
  /** Expiry times are rounded up to a minute, so that not every event causes an index write. */
  static final long EXPIRY_STEP_SECONDS = 60;

  private static final long CACHE_SIZE = 200_000;

  private final PartitionTable partitions;
  private final EventHourTable hours;
  private final PendingRegistry pending;
  private final CqlExecutor executor;
  private final RowTtls ttls;
  private final Clock clock;

  /** What this worker has registered, or is registering, of each partition. */
  private final Cache<PartitionKey, Registration> registered =
      Caffeine.newBuilder().maximumSize(CACHE_SIZE).executor(Runnable::run).build();

  /** The partitions that {@link #markArchived} has marked. */
  private final Cache<PartitionKey, Boolean> archived =
      Caffeine.newBuilder().maximumSize(CACHE_SIZE).executor(Runnable::run).build();

  private record Registration(
      long expiresAt, boolean requiresArchive, CompletableFuture<Void> written) {
    boolean covers(long otherExpiresAt, boolean otherRequiresArchive) {
      return !written.isCompletedExceptionally()
          && expiresAt >= otherExpiresAt
          && (requiresArchive || !otherRequiresArchive);
    }
  }

  /** Creates an index with empty caches. */
  public PartitionIndex(
      PartitionTable partitions,
      EventHourTable hours,
      PendingRegistry pending,
      CqlExecutor executor,
      RowTtls ttls,
      Clock clock) {
    this.partitions = partitions;
    this.hours = hours;
    this.pending = pending;
    this.executor = executor;
    this.ttls = ttls;
    this.clock = clock;
  }

  /**
   * Ensures that a partition is in the index for as long as its events need it.
   *
   * @param expiresAtSecond epoch second at which the last of the events expires
   * @param requiresArchive whether some of the events must be archived
   * @return completed when the index rows are durable
   */
  public CompletionStage<Void> register(
      PartitionKey key, long expiresAtSecond, boolean requiresArchive) {
    long expiresAt = Math.ceilDiv(expiresAtSecond, EXPIRY_STEP_SECONDS) * EXPIRY_STEP_SECONDS;
    Registration registration =
        registered
            .asMap()
            .compute(
                key,
                (same, before) ->
                    before != null && before.covers(expiresAt, requiresArchive)
                        ? before
                        : write(
                            key,
                            before == null ? expiresAt : Math.max(expiresAt, before.expiresAt()),
                            requiresArchive || (before != null && before.requiresArchive())));
    return registration.written();
  }

  private Registration write(PartitionKey key, long expiresAt, boolean requiresArchive) {
    return new Registration(expiresAt, requiresArchive, writeRows(key, expiresAt, requiresArchive));
  }

  /** Renews the index rows of a partition that is pending archive, as if it were written now. */
  public CompletionStage<Void> renew(Partition partition) {
    return writeRows(partition.key(), partition.expiresAt(), true);
  }

  private CompletableFuture<Void> writeRows(
      PartitionKey key, long expiresAt, boolean requiresArchive) {
    long now = clock.instant().getEpochSecond();
    int ttl = ttls.indexTtl(expiresAt, now);
    long timestamp = WriteTimestamps.rankedBySecond(now + ttl);
    List<BoundStatement> rows = new ArrayList<>();
    rows.add(partitions.insert(key, expiresAt, requiresArchive, ttl, timestamp));
    rows.add(hours.insert(key, expiresAt, ttl, timestamp));
    if (requiresArchive) {
      rows.addAll(pending.register(key, expiresAt, ttl, timestamp));
    }
    return CqlExecutor.all(rows.stream().map(executor::send));
  }

  /** Marks a partition as completely archived. No worker archives it, now or later. */
  public void markArchived(PartitionKey key) throws StoreException {
    if (archived.getIfPresent(key) == null) {
      int ttl = ttls.maxIndexTtl(clock.instant().getEpochSecond());
      executor.execute(partitions.setArchivedThrough(key, Partition.ALL, ttl));
      archived.put(key, true);
    }
  }

  /** Returns the partitions of an hour between two minutes, both inclusive, sorted by minute. */
  public List<Partition> partitions(UUID eventType, TimeBucket bucket, int fromMinute, int toMinute)
      throws StoreException {
    return partitions.read(eventType, bucket, fromMinute, toMinute);
  }

  /** Returns all partitions of an hour. */
  public List<Partition> partitions(PendingHour hour) throws StoreException {
    TimeBucket bucket = hour.bucket();
    return partitions(
        hour.eventType(),
        bucket,
        PartitionKey.minute(bucket.firstTick()),
        PartitionKey.minute(bucket.lastTick()));
  }

  /**
   * Returns the hours of an event type between two hours, both inclusive, each with the epoch
   * second at which its events expire.
   */
  NavigableMap<TimeBucket, Long> hours(UUID eventType, TimeBucket from, TimeBucket to)
      throws StoreException {
    return hours.read(eventType, from, to);
  }
}
