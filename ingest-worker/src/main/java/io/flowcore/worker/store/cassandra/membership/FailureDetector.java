package io.flowcore.worker.store.cassandra.membership;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides which members are alive. A member is dead when its heartbeat has not changed for some
 * time, by the observer's monotonic clock. {@link #observe} is called by one thread.
 */
final class FailureDetector {
  /** The row of a member that has been dead for this long is no longer needed by any worker. */
  private static final long DELETE_ROW_AFTER_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final LongSupplier nanoTime;
  private final long deadAfterNanos;
  private volatile Map<Long, LastChange> members = Map.of();

  /**
   * A member's row.
   *
   * @param floor every event that the member acknowledges later has a later event time, in ticks
   * @param heartbeat changes with every write of the row
   */
  record Member(long incarnation, long floor, long heartbeat) {}

  /**
   * The content of the member table.
   *
   * @param ceiling the highest floor that any member has written, in ticks
   */
  record Snapshot(List<Member> members, long ceiling) {}

  /** The last heartbeat of a member, and since when it has not changed. */
  private record LastChange(long heartbeat, long sinceNanos, boolean alive) {}

  /**
   * The result of an observation.
   *
   * @param lowestFloor the lowest floor of the members that are alive, in ticks; 0 if this worker's
   *     row was not found
   * @param highestFloor the highest floor that any member has written, in ticks
   * @param isSelfFound whether this worker's own row was found
   * @param obsolete members whose rows can be deleted
   */
  record Observation(
      long lowestFloor, long highestFloor, boolean isSelfFound, List<Long> obsolete) {}

  FailureDetector(LongSupplier nanoTime, long deadAfterNanos) {
    this.nanoTime = nanoTime;
    this.deadAfterNanos = deadAfterNanos;
  }

  /**
   * Records the heartbeats of a snapshot. A member is dead if its heartbeat is the same as in an
   * observation that ended at least {@code deadAfterNanos} before this snapshot was read.
   *
   * @param readAtNanos monotonic time just before the snapshot was read
   * @param self this worker's incarnation, which always counts as alive
   */
  Observation observe(Snapshot snapshot, long readAtNanos, long self) {
    long now = nanoTime.getAsLong();
    Map<Long, LastChange> next = new HashMap<>();
    List<Long> obsolete = new ArrayList<>();
    long lowest = Long.MAX_VALUE;
    long highest = snapshot.ceiling();
    boolean isSelfFound = false;
    for (Member member : snapshot.members()) {
      long incarnation = member.incarnation();
      LastChange before = members.get(incarnation);
      boolean changed = before == null || before.heartbeat() != member.heartbeat();
      long since = changed ? now : before.sinceNanos();
      boolean alive = incarnation == self || changed || readAtNanos - since < deadAfterNanos;
      next.put(incarnation, new LastChange(member.heartbeat(), since, alive));
      highest = Math.max(highest, member.floor());
      isSelfFound |= incarnation == self;
      if (alive) {
        lowest = Math.min(lowest, member.floor());
      } else if (readAtNanos - since > DELETE_ROW_AFTER_NANOS) {
        obsolete.add(incarnation);
      }
    }
    members = Map.copyOf(next);
    return new Observation(isSelfFound ? lowest : 0, highest, isSelfFound, obsolete);
  }

  /** Returns whether a member may acknowledge events, as of the last observation. */
  boolean isAlive(long incarnation) {
    LastChange last = members.get(incarnation);
    return last != null && last.alive();
  }

  /** Returns the number of members that were alive in the last observation. */
  int aliveCount() {
    return (int) members.values().stream().filter(LastChange::alive).count();
  }
}
