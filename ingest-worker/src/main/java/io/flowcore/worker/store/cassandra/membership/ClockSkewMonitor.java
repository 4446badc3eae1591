package io.flowcore.worker.store.cassandra.membership;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Measures the difference between this machine's clock and the clocks of the Cassandra nodes, which
 * must be synchronized with each other in any case. Used by one thread, except {@link #skewMillis}.
 */
public final class ClockSkewMonitor {
  /** The nodes are sampled in turn. The median counts, so one node's clock may be wrong. */
  private static final int SAMPLES = 5;

  private final CqlSession session;
  private final PreparedStatement readNodeTime;
  private final Clock wall;
  private final LongSupplier nanoTime;
  private final Duration maxSkew;
  private final ArrayDeque<Long> samples = new ArrayDeque<>();
  private long measuredNanos;
  private boolean inSync;
  private volatile long skewMillis;

  /**
   * Prepares the measurement.
   *
   * @param nanoTime monotonic time in nanoseconds
   */
  public ClockSkewMonitor(CqlSession session, Clock wall, LongSupplier nanoTime, Duration maxSkew) {
    this.session = session;
    this.wall = wall;
    this.nanoTime = nanoTime;
    this.maxSkew = maxSkew;
    readNodeTime = session.prepare("SELECT toUnixTimestamp(now()) AS present FROM system.local");
  }

  Duration maxSkew() {
    return maxSkew;
  }

  /**
   * Measures the skew, unless the last measurement is more recent than the interval. The first call
   * takes all samples.
   */
  void measure(long intervalNanos) throws StoreException {
    boolean recent =
        samples.size() == SAMPLES && nanoTime.getAsLong() - measuredNanos < intervalNanos;
    inSync = false;
    while (!recent) {
      long nanos = nanoTime.getAsLong();
      long before = wall.millis();
      long node =
          CqlExecutor.await(session.executeAsync(readNodeTime.bind())).one().getLong("present");
      long roundTrip = (nanoTime.getAsLong() - nanos) / 1_000_000;
      long skew = before + roundTrip / 2 - node;
      inSync = Math.abs(skew) <= maxSkew.toMillis() + roundTrip;
      // A difference within the round trip says nothing about the clocks.
      addSample(Math.abs(skew) <= roundTrip ? 0 : skew);
      measuredNanos = nanoTime.getAsLong();
      recent = samples.size() == SAMPLES;
    }
  }

  private void addSample(long skew) {
    samples.add(skew);
    if (samples.size() > SAMPLES) {
      samples.remove();
    }
    skewMillis = samples.stream().sorted().skip(samples.size() / 2).findFirst().orElseThrow();
  }

  /** Returns whether the last call of {@link #measure} took a sample within the limit. */
  boolean isInSync() {
    return inSync;
  }

  /** Returns how far this machine's clock is ahead of the nodes' clocks, in milliseconds. */
  public long skewMillis() {
    return skewMillis;
  }

  /** Returns why this worker must not accept events; empty if the skew is within the limit. */
  Optional<String> violation() {
    return Math.abs(skewMillis) <= maxSkew.toMillis()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "the worker's clock is %d ms %s the clocks of the Cassandra nodes; the limit is %d ms; synchronize the clocks",
                Math.abs(skewMillis),
                skewMillis > 0 ? "ahead of" : "behind",
                maxSkew.toMillis()));
  }
}
