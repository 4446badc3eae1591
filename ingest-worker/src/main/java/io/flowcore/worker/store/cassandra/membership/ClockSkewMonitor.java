package io.flowcore.worker.store.cassandra.membership;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How this machine's clock differs from those of the database's nodes, which have to agree with
 * each other in any case. Used by one thread, but for what it tells.
 */
public final class ClockSkewMonitor {
  /** Different nodes answer in turn; the one in the middle counts, so that one may be wrong. */
  private static final int SAMPLES = 5;

  private final CqlSession session;
  private final PreparedStatement present;
  private final Clock wall;
  private final LongSupplier nanoTime;
  private final Duration maxSkew;
  private final ArrayDeque<Long> samples = new ArrayDeque<>();
  private long comparedNanos;
  private boolean agrees;
  private volatile long skewMillis;

  public ClockSkewMonitor(CqlSession session, Clock wall, LongSupplier nanoTime, Duration maxSkew) {
    this.session = session;
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.maxSkew = maxSkew;
    present = session.prepare("SELECT toUnixTimestamp(now()) AS present FROM system.local");
  }

  Duration maxSkew() {
    return maxSkew;
  }

  /** Compares, unless that was done a moment ago. At first as often as it takes to be sure. */
  void compare(long intervalNanos) throws StoreException {
    boolean recent =
        samples.size() == SAMPLES && nanoTime.getAsLong() - comparedNanos < intervalNanos;
    agrees = false;
    while (!recent) {
      long nanos = nanoTime.getAsLong();
      long before = wall.millis();
      long node = CqlExecutor.await(session.executeAsync(present.bind())).one().getLong("present");
      long trip = (nanoTime.getAsLong() - nanos) / 1_000_000;
      long skew = before + trip / 2 - node;
      agrees = Math.abs(skew) <= maxSkew.toMillis() + trip;
      // What the way took tells nothing about clocks.
      add(Math.abs(skew) <= trip ? 0 : skew);
      comparedNanos = nanoTime.getAsLong();
      recent = samples.size() == SAMPLES;
    }
  }

  private void add(long skew) {
    samples.add(skew);
    if (samples.size() > SAMPLES) {
      samples.remove();
    }
    skewMillis = samples.stream().sorted().skip(samples.size() / 2).findFirst().orElseThrow();
  }

  /** Whether the last {@link #compare} found the clocks in step. */
  boolean agree() {
    return agrees;
  }

  /** How far this clock is ahead, in milliseconds. */
  public long skewMillis() {
    return skewMillis;
  }

  /** Why this worker must take no events; empty if it may. */
  Optional<String> outOfBounds() {
    return Math.abs(skewMillis) <= maxSkew.toMillis()
        ? Optional.empty()
        : Optional.of(
            "the worker's clock is %d ms %s those of the hot store's nodes; %d ms are allowed"
                .formatted(
                    Math.abs(skewMillis),
                    skewMillis > 0 ? "ahead of" : "behind",
                    maxSkew.toMillis()));
  }
}
