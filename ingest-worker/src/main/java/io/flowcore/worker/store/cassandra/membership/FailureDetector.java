package io.flowcore.worker.store.cassandra.membership;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Which members live, as one of them sees it by its own watch. Called by one thread. */
final class FailureDetector {
  /** When the row of a dead member is of no more use to anybody. */
  private static final long FORGOTTEN_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final LongSupplier nanoTime;
  private final long deadAfterNanos;
  private volatile Map<Long, Seen> members = Map.of();

  /**
   * A member's row.
   *
   * @param floor what it acknowledges from now on lies behind, in ticks
   * @param beat changes with every write
   */
  record Member(long incarnation, long floor, long beat) {}

  /**
   * All rows.
   *
   * @param ceiling behind which who joins has to begin, in ticks
   */
  record Members(List<Member> members, long ceiling) {}

  private record Seen(long beat, long sinceNanos, boolean alive) {}

  /**
   * What one look at the rows says.
   *
   * @param leastFloor of the members that live
   * @param highest of all that was promised by anybody
   * @param longDead members whose rows may go
   */
  record Call(long leastFloor, long highest, boolean selfThere, List<Long> longDead) {}

  FailureDetector(LongSupplier nanoTime, long deadAfterNanos) {
    this.nanoTime = nanoTime;
    this.deadAfterNanos = deadAfterNanos;
  }

  /**
   * Takes note of the rows.
   *
   * @param readAt just before they were read: who has not written since a look that ended {@code
   *     deadAfterNanos} before that is dead
   */
  Call call(Members rows, long readAt, long self) {
    long now = nanoTime.getAsLong();
    Map<Long, Seen> next = new HashMap<>();
    List<Long> longDead = new ArrayList<>();
    long least = Long.MAX_VALUE;
    long highest = rows.ceiling();
    boolean selfThere = false;
    for (Member member : rows.members()) {
      long incarnation = member.incarnation();
      Seen before = members.get(incarnation);
      boolean changed = before == null || before.beat() != member.beat();
      long since = changed ? now : before.sinceNanos();
      boolean alive = incarnation == self || changed || readAt - since < deadAfterNanos;
      next.put(incarnation, new Seen(member.beat(), since, alive));
      highest = Math.max(highest, member.floor());
      selfThere |= incarnation == self;
      if (alive) {
        least = Math.min(least, member.floor());
      } else if (readAt - since > FORGOTTEN_NANOS) {
        longDead.add(incarnation);
      }
    }
    members = Map.copyOf(next);
    return new Call(selfThere ? least : 0, highest, selfThere, longDead);
  }

  /** Whether a member may acknowledge events, as of the last look. */
  boolean lives(long incarnation) {
    Seen seen = members.get(incarnation);
    return seen != null && seen.alive();
  }

  /** How many live. */
  int living() {
    return (int) members.values().stream().filter(Seen::alive).count();
  }
}
