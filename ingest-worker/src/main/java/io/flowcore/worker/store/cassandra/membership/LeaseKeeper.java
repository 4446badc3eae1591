package io.flowcore.worker.store.cassandra.membership;

import io.flowcore.worker.store.StoreException;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the members, and performs the heartbeats that renew this worker's lease and raise its read
 * watermark; {@link Membership} describes the protocol. The methods that perform steps are called
 * by one thread at a time; the state is read by many.
 */
final class LeaseKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

  static final String REJOINING = "the worker lost its membership lease and is rejoining";

  private static final long NO_INCARNATION = -1;
  private static final long CLOCK_CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final MemberTable members;
  private final IncarnationTable incarnations;
  private final ClockSkewMonitor clockSkew;
  private final HybridLogicalClock clock;
  private final Clock wall;
  private final LongSupplier nanoTime;
  private final FailureDetector failureDetector;
  private final ReadWatermark readWatermark;
  private final AtomicLong lostLeases = new AtomicLong();

  /** The incarnation whose row may still exist in the table. */
  private long registered = NO_INCARNATION;

  private volatile State state = new NotJoined("the worker has not joined the other workers yet");

  /** Whether this worker may acknowledge events. */
  sealed interface State {}

  /** The worker may acknowledge events while the lease is held. */
  record Joined(Lease lease) implements State {}

  /** The worker must not acknowledge events, for a reason. */
  record NotJoined(String reason) implements State {}

  LeaseKeeper(
      MemberTable members,
      IncarnationTable incarnations,
      ClockSkewMonitor clockSkew,
      HybridLogicalClock clock,
      Clock wall,
      LongSupplier nanoTime) {
    this.members = members;
    this.incarnations = incarnations;
    this.clockSkew = clockSkew;
    this.clock = clock;
    this.wall = wall;
    this.nanoTime = nanoTime;
    failureDetector = new FailureDetector(nanoTime, Membership.DEAD_AFTER.toNanos());
    readWatermark = new ReadWatermark(nanoTime);
  }

  State state() {
    return state;
  }

  FailureDetector failureDetector() {
    return failureDetector;
  }

  ReadWatermark readWatermark() {
    return readWatermark;
  }

  /** Returns how often this worker lost its lease. */
  long lostLeases() {
    return lostLeases.get();
  }

  /** Returns whether a lease of this worker has not expired. */
  boolean isHeld(Lease lease) {
    return lease.isHeld(nanoTime.getAsLong(), wall.millis());
  }

  /** Performs one step: checks the clocks, then renews the lease, or joins without one. */
  void step() throws StoreException {
    clockSkew.measure(CLOCK_CHECK_NANOS);
    if (clockSkew.isInSync()) {
      clock.calibrate();
    }
    if (clockSkew.violation().isPresent()) {
      leave(clockSkew.violation().get());
      return;
    }
    if (clock.sequence() > EventNumbering.MAX_SEQUENCE / 2) {
      leave("the worker has used half of its event numbers and is rejoining");
    }
    switch (state) {
      case Joined joined -> renew(joined.lease());
      case NotJoined notJoined -> join();
    }
  }

  private void join() throws StoreException {
    deregister();
    long incarnation = incarnations.next();
    clock.startIncarnation(incarnation);
    registered = incarnation;
    heartbeat(incarnation, 0, 0);
    if (state instanceof Joined joined) {
      // Without delay, since the first row's floor of 0 stops the watermarks of all workers.
      renew(joined.lease());
    }
  }

  /** Writes the next heartbeat, unless the lease has expired. */
  void renew(Lease lease) throws StoreException {
    if (!isHeld(lease)) {
      loseLease();
      return;
    }
    heartbeat(lease.incarnation(), lease.heartbeat() + 1, clock.floor());
  }

  private void heartbeat(long incarnation, long heartbeat, long floor) throws StoreException {
    Lease renewed = new Lease(incarnation, heartbeat, nanoTime.getAsLong(), wall.millis());
    members.write(incarnation, heartbeat, floor);
    if (state instanceof Joined joined && !isHeld(joined.lease())) {
      // Another worker may have considered this one dead before it could read this heartbeat.
      loseLease();
      return;
    }
    long readAtNanos = nanoTime.getAsLong();
    FailureDetector.Observation observation =
        failureDetector.observe(members.read(), readAtNanos, incarnation);
    clock.advanceTo(observation.highestFloor());
    if (!observation.isSelfFound()) {
      loseLease();
      return;
    }
    state = new Joined(renewed);
    readWatermark.raise(observation.lowestFloor());
    for (long obsolete : observation.obsolete()) {
      members.delete(obsolete);
    }
  }

  private void loseLease() {
    lostLeases.incrementAndGet();
    state = new NotJoined(REJOINING);
    LOG.warn(
        "Membership lease lost after {} s without progress; rejoining",
        Membership.LEASE.toSeconds());
  }

  private void leave(String reason) throws StoreException {
    if (state instanceof Joined) {
      LOG.error("This worker stopped accepting events: {}", reason);
    }
    state = new NotJoined(reason);
    deregister();
  }

  /**
   * Deletes this worker's row, so that other workers do not wait until they consider it dead. The
   * worker acknowledges nothing under that incarnation any more.
   */
  private void deregister() throws StoreException {
    if (registered != NO_INCARNATION) {
      members.delete(registered);
      registered = NO_INCARNATION;
    }
  }

  /** Leaves the members in an orderly way. Appends in flight must have ended. */
  void shutDown() throws StoreException {
    if (state instanceof Joined joined) {
      // Raises the ceiling over every assigned event time, so that the next worker that joins
      // starts
      // later, even with a clock that was set back.
      renew(joined.lease());
    }
    state = new NotJoined("the worker is shutting down");
    deregister();
  }
}
