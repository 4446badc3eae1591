package io.flowcore.worker.store.cassandra.membership;

import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.cassandra.partition.EventIds;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This worker as one of several, and how far readers may go.
 *
 * <p>The promise is that of {@link io.flowcore.worker.store.HotStore#readWatermark}: no event that
 * is acknowledged later lies at or before a horizon that any worker has answered. Each worker
 * writes its <em>floor</em> to the table of members several times a second: whatever it
 * acknowledges from now on gets a later instant. In the same write it raises the <em>ceiling</em>
 * of all, and after it reads what the others wrote. The horizon is the least floor of those who
 * live.
 *
 * <ul>
 *   <li>Who joins writes its row first and reads the ceiling after, and begins behind it. A worker
 *       whose horizon is not bounded by that row has raised the ceiling before it read, so the one
 *       who joins begins behind that horizon.
 *   <li>Who dies or stands still holds the horizon up for {@link #DEAD_AFTER}, by the watch of who
 *       looks: its row has not changed for so long. It acknowledges nothing any more once its own
 *       last write is older than {@link #LEASE}, which is less; then it joins anew, under another
 *       number. No clock is compared for that, only spans of time.
 *   <li>Clocks differ: instants go on behind the floors of others, so events have the time of the
 *       clock that is ahead. A clock that differs from those of the database's nodes by more than a
 *       bound takes its worker out.
 * </ul>
 *
 * The proof needs no more of the database than that what a quorum has taken is seen by every later
 * read of a quorum.
 */
public final class Membership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  /** A row that has not changed for so long is that of a worker that acknowledges nothing. */
  public static final Duration DEAD_AFTER = Duration.ofSeconds(10);

  /** How long a worker may acknowledge after it began to write its row. */
  public static final Duration LEASE = Duration.ofSeconds(8);

  private static final long NONE = -1;
  private static final String JOINS_ANEW =
      "the worker stood still, or was cut off from the hot store, and joins anew";

  private static final long INTERVAL_MILLIS = 100;
  private static final long INTERVAL_PER_MEMBER_MILLIS = 10;

  private static final long COMPARE_CLOCKS_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration START_PATIENCE = Duration.ofSeconds(30);

  private final MemberTable table;
  private final ClockSkewMonitor nodes;
  private final Clock wall;
  private final LongSupplier nanoTime;
  private final HybridLogicalClock clock;
  private final FailureDetector roll;
  private final AtomicLong lostLeases = new AtomicLong();
  private final Thread thread;

  private final ReadWatermark readWatermark;

  /** The number whose row may still be there; used by the thread, and after its end. */
  private long former = NONE;

  private volatile Standing standing = new Outside("the worker has not joined the others yet");

  /** Whether this worker may acknowledge events. */
  private sealed interface Standing {}

  /**
   * It may, for now.
   *
   * @param sentNanos just before its row was written last
   * @param sentMillis the same on the wall
   */
  private record Inside(long incarnation, long beat, long sentNanos, long sentMillis)
      implements Standing {}

  private record Outside(String reason) implements Standing {}

  /**
   * Not joined yet.
   *
   * @param nanoTime time that nobody sets, in nanoseconds
   */
  public Membership(MemberTable table, ClockSkewMonitor nodes, Clock wall, LongSupplier nanoTime) {
    this.table = table;
    this.nodes = nodes;
    this.wall = wall;
    this.nanoTime = nanoTime;
    clock =
        new HybridLogicalClock(wall, nanoTime, EventTime.PER_SECOND * nodes.maxSkew().toSeconds());
    readWatermark = new ReadWatermark(nanoTime);
    roll = new FailureDetector(nanoTime, DEAD_AFTER.toNanos());
    thread = Thread.ofPlatform().name("members").daemon().unstarted(this::live);
  }

  /**
   * Joins, and goes on in the background.
   *
   * @throws StoreException with a message for the operator of the worker, if that does not work
   *     within half a minute
   */
  public void start() throws StoreException {
    long end = nanoTime.getAsLong() + START_PATIENCE.toNanos();
    StoreException failure = null;
    while (!(standing instanceof Inside)) {
      try {
        pass();
      } catch (StoreException e) {
        failure = e;
      }
      if (standing instanceof Inside) {
        break;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS));
      if (nanoTime.getAsLong() > end) {
        throw failure != null
            ? failure
            : new StoreException(Kind.UNAVAILABLE, ((Outside) standing).reason());
      }
    }
    thread.start();
  }

  /** Takes instants for events; to be {@linkplain #end ended}. */
  public HybridLogicalClock.Stamp begin(int count) throws StoreException {
    return switch (standing) {
      case Inside inside ->
          clock
              .begin(inside.incarnation(), count)
              .orElseThrow(() -> new StoreException(Kind.UNAVAILABLE, JOINS_ANEW));
      case Outside outside -> throw new StoreException(Kind.UNAVAILABLE, outside.reason());
    };
  }

  /**
   * To be asked when events are durable, before they are acknowledged.
   *
   * @throws StoreException if readers may have gone past them meanwhile
   */
  public void confirm(HybridLogicalClock.Stamp stamp) throws StoreException {
    boolean confirmed =
        standing instanceof Inside inside
            && inside.incarnation() == stamp.incarnation()
            && holds(inside);
    if (!confirmed) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the worker stood still for too long while it wrote; whether the events are stored is not known");
    }
  }

  /** Ends what {@link #begin} began, whatever came of it. */
  public void end(HybridLogicalClock.Stamp stamp) {
    clock.end(stamp);
  }

  /** Of both ways to measure it the greater: a machine may stand still as well. */
  private boolean holds(Inside inside) {
    long nanos = nanoTime.getAsLong() - inside.sentNanos();
    long millis = wall.millis() - inside.sentMillis();
    return nanos < LEASE.toNanos() && millis < LEASE.toMillis();
  }

  /** See {@link io.flowcore.worker.store.HotStore#readWatermark}. */
  public long readWatermark(long wantedTicks) {
    return readWatermark.await(Math.min(wantedTicks, clock.present()));
  }

  /** The horizon as far as it is known without waiting. */
  public long readWatermark() {
    return readWatermark.ticks();
  }

  /** Goes on behind an instant that was promised elsewhere, and lets all others know. */
  public void follow(long ticks) throws StoreException {
    clock.follow(ticks);
    if (readWatermark(ticks) < ticks) {
      throw new StoreException(
          Kind.UNAVAILABLE, "another worker does not say how far readers may go");
    }
  }

  /** How far the horizon, as of the last look, is behind the present, in seconds. */
  public double lagSeconds() {
    return (double) (clock.present() - readWatermark.ticks()) / EventTime.PER_SECOND;
  }

  /** Whether another worker, by its number, may still acknowledge events. */
  public boolean lives(long incarnation) {
    return roll.lives(incarnation);
  }

  public StoreHealth health() {
    return switch (standing) {
      case Inside inside when holds(inside) -> new StoreHealth.Healthy();
      case Inside inside ->
          new StoreHealth.Impaired(
              "the hot store has not answered for " + LEASE.toSeconds() + " s");
      case Outside outside -> new StoreHealth.Impaired(outside.reason());
    };
  }

  /** How many workers there are, as far as this one knows. */
  public int members() {
    return roll.living();
  }

  /** How often this worker stood still, or was cut off, for so long that it had to join anew. */
  public long lostLeases() {
    return lostLeases.get();
  }

  private void live() {
    boolean failing = false;
    while (readWatermark.rest(interval())) {
      try {
        pass();
        if (failing) {
          LOG.info("The hot store answers again");
        }
        failing = false;
      } catch (StoreException | RuntimeException e) {
        if (!failing) {
          LOG.warn(
              "This worker can't tell the others how far readers may go; it goes on trying", e);
        }
        failing = true;
      }
    }
  }

  private long interval() {
    return TimeUnit.MILLISECONDS.toNanos(
        INTERVAL_MILLIS + INTERVAL_PER_MEMBER_MILLIS * roll.living());
  }

  private void pass() throws StoreException {
    nodes.compare(COMPARE_CLOCKS_NANOS);
    if (nodes.agree()) {
      clock.compared();
    }
    if (nodes.outOfBounds().isPresent()) {
      leave(nodes.outOfBounds().get());
      return;
    }
    if (clock.sequence() > EventIds.MOST_EVENTS / 2) {
      leave("the worker has used up its numbers, and joins anew");
    }
    switch (standing) {
      case Inside inside -> beat(inside);
      case Outside outside -> join();
    }
  }

  private void join() throws StoreException {
    forget();
    long incarnation = table.nextIncarnation();
    clock.restart(incarnation);
    former = incarnation;
    beat(incarnation, 0, 0);
    if (standing instanceof Inside inside) {
      // At once, since a floor of 0 holds everybody up.
      beat(inside);
    }
  }

  private void beat(Inside inside) throws StoreException {
    if (!holds(inside)) {
      lost();
      return;
    }
    beat(inside.incarnation(), inside.beat() + 1, clock.promise());
  }

  private void beat(long incarnation, long beat, long floor) throws StoreException {
    Inside next = new Inside(incarnation, beat, nanoTime.getAsLong(), wall.millis());
    table.write(incarnation, beat, floor);
    if (standing instanceof Inside inside && !holds(inside)) {
      // Others may have taken this worker for dead before they saw this.
      lost();
      return;
    }
    long readAt = nanoTime.getAsLong();
    FailureDetector.Call call = roll.call(table.read(), readAt, incarnation);
    clock.follow(call.highest());
    if (!call.selfThere()) {
      lost();
      return;
    }
    standing = next;
    readWatermark.raise(call.leastFloor());
    for (long dead : call.longDead()) {
      table.remove(dead);
    }
  }

  private void lost() {
    lostLeases.incrementAndGet();
    standing = new Outside(JOINS_ANEW);
    LOG.warn(
        "This worker stood still, or the hot store did not answer it, for {} s; it joins anew",
        LEASE.toSeconds());
  }

  private void leave(String reason) throws StoreException {
    if (standing instanceof Inside) {
      LOG.error("This worker takes no events: {}", reason);
    }
    standing = new Outside(reason);
    forget();
  }

  /**
   * Under its former number this worker acknowledges nothing any more: nobody has to wait for it.
   */
  private void forget() throws StoreException {
    if (former != NONE) {
      table.remove(former);
      former = NONE;
    }
  }

  /** Leaves, so that nobody waits for this worker. What is under way must have ended. */
  @Override
  public void close() {
    readWatermark.close();
    try {
      thread.join();
      if (standing instanceof Inside inside) {
        // Whoever comes next begins behind what was handed out, also by a clock that is set back.
        beat(inside);
      }
      standing = new Outside("the worker is shutting down");
      forget();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StoreException e) {
      LOG.warn(
          "The others wait {} s for this worker, for it could not say that it goes",
          DEAD_AFTER.toSeconds(),
          e);
    }
  }
}
