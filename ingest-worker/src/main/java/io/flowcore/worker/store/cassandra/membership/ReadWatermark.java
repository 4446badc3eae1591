package io.flowcore.worker.store.cassandra.membership;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The read watermark of this worker: the event time, in ticks, up to which its readers may read.
 * Every event that any worker acknowledges later has a later event time; {@link Membership} proves
 * it. (CockroachDB calls such a time a closed timestamp.)
 *
 * <p>The watermark never decreases. Readers {@linkplain #await wait} for it, and one thread raises
 * it after each heartbeat. That thread {@linkplain #awaitNextRaise sleeps} between heartbeats: for
 * the regular interval while there are no readers, for {@value #INTERVAL_WITH_READERS_MILLIS} ms
 * while a reader waits. So an idle worker costs the database little, and readers wait briefly. The
 * lock is never held across I/O.
 */
final class ReadWatermark {
  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int INTERVAL_WITH_READERS_MILLIS = 25;
  private static final long INTERVAL_WITH_READERS_NANOS =
      TimeUnit.MILLISECONDS.toNanos(INTERVAL_WITH_READERS_MILLIS);

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition raised = lock.newCondition();
  private final Condition readerArrived = lock.newCondition();
  private int waitingReaders;
  private boolean closed;
  private volatile long ticks;

  ReadWatermark(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Returns the current watermark, in ticks. */
  long ticks() {
    return ticks;
  }

  /** Waits until the watermark reaches a target, for at most two seconds, and returns it. */
  long await(long target) {
    if (ticks >= target) {
      return ticks;
    }
    long remaining = MAX_WAIT_NANOS;
    lock.lock();
    try {
      waitingReaders++;
      readerArrived.signal();
      while (ticks < target && !closed && remaining > 0) {
        remaining = raised.awaitNanos(remaining);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waitingReaders--;
      lock.unlock();
    }
    return ticks;
  }

  /** Raises the watermark, unless it is higher already. */
  void raise(long to) {
    lock.lock();
    try {
      ticks = Math.max(ticks, to);
      raised.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the watermark is due to be raised again.
   *
   * @param intervalNanos the interval from now, while no reader waits
   * @return false if the watermark is closed
   */
  boolean awaitNextRaise(long intervalNanos) {
    lock.lock();
    try {
      long began = nanoTime.getAsLong();
      long remaining = waitingReaders > 0 ? INTERVAL_WITH_READERS_NANOS : intervalNanos;
      while (!closed && remaining > 0) {
        var _ = readerArrived.awaitNanos(remaining);
        long interval = waitingReaders > 0 ? INTERVAL_WITH_READERS_NANOS : intervalNanos;
        remaining = interval - (nanoTime.getAsLong() - began);
      }
      return !closed;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waits, now and later. */
  void close() {
    lock.lock();
    try {
      closed = true;
      readerArrived.signal();
      raised.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
