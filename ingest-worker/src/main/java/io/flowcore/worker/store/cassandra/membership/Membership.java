package io.flowcore.worker.store.cassandra.membership;

import io.flowcore.worker.background.FailureLog;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This worker as a member of the workers that share a keyspace, and its read watermark.
 *
 * <h2>Guarantee</h2>
 *
 * <p>Suppose any worker returns a read watermark W. Then every event that any worker acknowledges
 * later has an event time greater than W, unless its sender set an earlier time. So a reader that
 * reads up to W, and later continues after W at another worker, misses no event. See {@link
 * io.flowcore.worker.store.EventLog#readWatermark}.
 *
 * <h2>Terms</h2>
 *
 * <ul>
 *   <li><em>Incarnation</em>: the number of a member. A worker gets one when it joins, and a new
 *       one when it rejoins. No number is assigned twice.
 *   <li><em>Heartbeat</em>: a write of the member's row, several times a second. Each one
 *       increments the row's heartbeat counter.
 *   <li><em>Floor</em> of a member: every event that it acknowledges from now on has a later event
 *       time. It is just before the oldest append in flight, or the current time if there is none.
 *   <li><em>Ceiling</em>: the highest floor that any member has ever written. A floor and the
 *       ceiling are written in one batch.
 *   <li><em>Lease</em>: the permission to acknowledge events. It ends {@link #LEASE} after the
 *       start of the member's last successful heartbeat.
 *   <li><em>Dead</em>: a member is dead to an observer if its heartbeat counter has not changed for
 *       {@link #DEAD_AFTER}, by the observer's monotonic clock.
 *   <li><em>Read watermark</em> of a worker: the lowest floor of the members that are not dead to
 *       it.
 * </ul>
 *
 * <h2>Protocol</h2>
 *
 * <p>A heartbeat first writes the member's floor and raises the ceiling, then reads all rows. The
 * member advances its clock to the highest floor it has read, and raises its read watermark.
 *
 * <p>A worker joins with a heartbeat whose floor is 0. It assigns event times only after it has
 * read the ceiling, and all of them are later than the ceiling.
 *
 * <p>An append reserves event times, writes the events, and acknowledges them only if the lease
 * under which it reserved the times is still held. A member that has lost its lease rejoins under a
 * new incarnation.
 *
 * <h2>Why it is safe</h2>
 *
 * <p>Let a worker raise its watermark to W after it has read the rows, and let a member M
 * acknowledge an event later. Reads and writes use quorums, so a read sees every write that ended
 * before the read began. There are three cases.
 *
 * <ul>
 *   <li>M's row was read, and M is not dead to the worker. Then W is at most M's floor, and the
 *       event is later than the floor.
 *   <li>M's row was not read. Then M's first heartbeat ended its write after the worker began to
 *       read, so M reads the ceiling after the worker has raised it. W is at most the worker's own
 *       floor, which is at most that ceiling, and M assigns only later times. (The row of a member
 *       that has joined is deleted only when the member acknowledges nothing any more.)
 *   <li>M is dead to the worker. Then the worker saw M's last heartbeat at least {@link
 *       #DEAD_AFTER} ago, and that heartbeat began even earlier. M's lease is shorter than that, so
 *       M has lost it and acknowledges nothing. A heartbeat that ends after the previous lease has
 *       expired does not renew it, because other workers may have considered M dead before they
 *       could read it.
 * </ul>
 *
 * <p>The leases compare durations, never the clocks of two machines. A clock that is ahead only
 * means that events get later times, since all members advance to the highest floor. A worker whose
 * clock differs from the Cassandra nodes' clocks by more than a limit leaves the members.
 *
 * <h2>Limit</h2>
 *
 * <p>A worker measures its lease with its monotonic clock and its wall clock, whichever advances
 * more. A virtual machine that is suspended together with both clocks does not notice that its
 * lease has expired.
 */
public final class Membership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  /** How long the heartbeat of a member must not change until the member is considered dead. */
  public static final Duration DEAD_AFTER = Duration.ofSeconds(10);

  /** How long a member may acknowledge events after the start of its last successful heartbeat. */
  public static final Duration LEASE = Duration.ofSeconds(8);

  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

  private final LongSupplier nanoTime;
  private final HybridLogicalClock clock;
  private final LeaseKeeper keeper;
  private final FailureDetector failureDetector;
  private final ReadWatermark readWatermark;
  private final HeartbeatLoop heartbeats;

  /**
   * Creates a membership that has not joined yet.
   *
   * @param nanoTime monotonic time in nanoseconds
   */
  public Membership(
      MemberTable members,
      IncarnationTable incarnations,
      ClockSkewMonitor clockSkew,
      Clock wall,
      LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    clock =
        new HybridLogicalClock(
            wall, nanoTime, EventTime.PER_SECOND * clockSkew.maxSkew().toSeconds());
    keeper = new LeaseKeeper(members, incarnations, clockSkew, clock, wall, nanoTime);
    failureDetector = keeper.failureDetector();
    readWatermark = keeper.readWatermark();
    heartbeats = new HeartbeatLoop(keeper);
  }

  /**
   * Joins the members, and starts to send heartbeats in the background.
   *
   * @throws StoreException if it cannot join within 30 seconds or is interrupted, for
   *     administrators
   */
  public void start() throws StoreException {
    long end = nanoTime.getAsLong() + START_TIMEOUT.toNanos();
    StoreException failure = null;
    while (!(keeper.state() instanceof LeaseKeeper.Joined)) {
      try {
        keeper.step();
      } catch (StoreException e) {
        failure = e;
      }
      if (keeper.state() instanceof LeaseKeeper.Joined) {
        break;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(HeartbeatLoop.INTERVAL_MILLIS));
      if (nanoTime.getAsLong() > end || Thread.currentThread().isInterrupted()) {
        throw failure != null
            ? failure
            : new StoreException(
                Kind.UNAVAILABLE, ((LeaseKeeper.NotJoined) keeper.state()).reason());
      }
    }
    heartbeats.start();
  }

  /**
   * Reserves event times for an append of some events. The append must be {@linkplain #endAppend
   * ended}, whatever its result.
   *
   * @throws StoreException if the worker must not accept events
   */
  public HybridLogicalClock.Reservation beginAppend(int count) throws StoreException {
    return switch (keeper.state()) {
      case LeaseKeeper.Joined joined ->
          clock
              .reserve(joined.lease().incarnation(), count)
              .orElseThrow(() ->
                  new StoreException(Kind.UNAVAILABLE, LeaseKeeper.REJOINING + "; retry later"));
      case LeaseKeeper.NotJoined notJoined ->
          throw new StoreException(Kind.UNAVAILABLE, notJoined.reason());
    };
  }

  /**
   * Checks that the events of an append may be acknowledged. Called when they are durable, before
   * they are acknowledged.
   *
   * @throws StoreException if the lease was lost, so that readers may have passed the events
   */
  public void confirmAppend(HybridLogicalClock.Reservation reservation) throws StoreException {
    boolean confirmed =
        keeper.state() instanceof LeaseKeeper.Joined joined
            && joined.lease().incarnation() == reservation.incarnation()
            && keeper.isHeld(joined.lease());
    if (!confirmed) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the worker lost its membership lease during the append, and the events may or may not be stored;"
              + " retry with the same idempotency key");
    }
  }

  /** Ends an append, whatever its result. */
  public void endAppend(HybridLogicalClock.Reservation reservation) {
    clock.release(reservation);
  }

  /** Waits for the read watermark; see {@link io.flowcore.worker.store.EventLog#readWatermark}. */
  public long readWatermark(long wantedTicks) {
    return readWatermark.await(Math.min(wantedTicks, clock.now()));
  }

  /** Returns the read watermark as of the last heartbeat, in ticks, without waiting. */
  public long readWatermark() {
    return readWatermark.ticks();
  }

  /**
   * Makes all members assign event times after an instant that another store has promised.
   *
   * @throws StoreException if another member does not advance in time
   */
  public void advanceTo(long ticks) throws StoreException {
    clock.advanceTo(ticks);
    if (readWatermark(ticks) < ticks) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the read watermark does not advance: another worker does not raise its floor; try again"
              + (" after " + DEAD_AFTER.toSeconds() + " s, when it is considered dead"));
    }
  }

  /** Returns how far the read watermark is behind the current time, in seconds. */
  public double readLagSeconds() {
    return (double) (clock.now() - readWatermark.ticks()) / EventTime.PER_SECOND;
  }

  /** Returns whether the member with an incarnation may still acknowledge events. */
  public boolean isAlive(long incarnation) {
    return failureDetector.isAlive(incarnation);
  }

  /** Returns whether this worker accepts events, and the reason if it does not. */
  public StoreHealth health() {
    return switch (keeper.state()) {
      case LeaseKeeper.Joined joined when keeper.isHeld(joined.lease()) ->
          new StoreHealth.Healthy();
      case LeaseKeeper.Joined joined ->
          new StoreHealth.Impaired(
              "the hot store has not responded for " + LEASE.toSeconds() + " s");
      case LeaseKeeper.NotJoined notJoined -> new StoreHealth.Impaired(notJoined.reason());
    };
  }

  /** Returns the number of members that are alive, as of this worker's last heartbeat. */
  public int members() {
    return failureDetector.aliveCount();
  }

  /** Returns how often this worker lost its lease and had to rejoin. */
  public long lostLeases() {
    return keeper.lostLeases();
  }

  /**
   * Leaves the members, so that no worker waits until it considers this one dead. Appends in flight
   * must have ended.
   */
  @Override
  public void close() {
    readWatermark.close();
    try {
      heartbeats.join();
      keeper.shutDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StoreException e) {
      LOG.warn(
          "Could not deregister; other workers wait up to {} s until they consider this worker dead: {}",
          DEAD_AFTER.toSeconds(),
          FailureLog.describe(e));
    }
  }
}
