package io.flowcore.worker.store.cassandra.membership;

/**
 * A member's permission to acknowledge events, as of its last successful heartbeat.
 *
 * @param startedNanos monotonic time just before the heartbeat was written
 * @param startedMillis wall clock time of the same moment
 */
record Lease(long incarnation, long heartbeat, long startedNanos, long startedMillis) {

  /**
   * Returns whether the lease has not expired. The longer of the two measured durations counts,
   * since the monotonic clock of a suspended machine may stop making progress.
   */
  boolean isHeld(long nowNanos, long nowMillis) {
    return nowNanos - startedNanos < Membership.LEASE.toNanos()
        && nowMillis - startedMillis < Membership.LEASE.toMillis();
  }
}
