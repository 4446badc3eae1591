package io.flowcore.worker.store.cassandra.pending;

import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.partition.Partition;
import io.flowcore.worker.store.cassandra.partition.PartitionTable;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This worker's claim on an hour. Used by one thread. */
final class HourClaim {
  private static final Logger LOG = LoggerFactory.getLogger(HourClaim.class);

  /** Shorter than the claim's duration, by more than the last response may have taken. */
  private static final long HELD_NANOS = PartitionTable.CLAIM_DURATION.minusSeconds(10).toNanos();

  private final HourClaims claims;
  private final PendingHour hour;
  private final long owner;
  private final LongSupplier nanoTime;
  private long renewedNanos;

  /**
   * Creates a claim that was written.
   *
   * @param claimedNanos monotonic time just before it was written
   */
  HourClaim(
      HourClaims claims, PendingHour hour, long owner, LongSupplier nanoTime, long claimedNanos) {
    this.claims = claims;
    this.hour = hour;
    this.owner = owner;
    this.nanoTime = nanoTime;
    renewedNanos = claimedNanos;
  }

  PendingHour hour() {
    return hour;
  }

  /** Returns whether no other worker can have claimed the hour yet. */
  boolean isHeld() {
    return nanoTime.getAsLong() - renewedNanos < HELD_NANOS;
  }

  /** Renews the claim if it is held and half of its duration has passed. */
  void renewIfDue() throws StoreException {
    if (isHeld() && nanoTime.getAsLong() - renewedNanos > HELD_NANOS / 2) {
      renew(List.of(), Partition.ALL);
    }
  }

  /**
   * Renews the claim, and records how far some partitions are archived.
   *
   * @throws StoreException if another worker has claimed the hour
   */
  void renew(List<Partition> archived, EventId through) throws StoreException {
    long nanos = nanoTime.getAsLong();
    if (!claims.renew(hour, owner, archived, through)) {
      renewedNanos = nanos - HELD_NANOS;
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the claim on the hour "
              + hour.bucket()
              + " has expired, and another worker may have claimed the hour; its remaining events"
              + " are archived by the next pass");
    }
    renewedNanos = nanos;
  }

  /** Releases the claim, if it is held. */
  void release() {
    if (!isHeld()) {
      return;
    }
    try {
      claims.release(hour, owner);
    } catch (StoreException e) {
      LOG.warn(
          "Could not release the claim on the hour {}; it expires in {} s: {}",
          hour.bucket(),
          PartitionTable.CLAIM_DURATION.toSeconds(),
          FailureLog.describe(e));
    }
  }
}
