package io.flowcore.worker.store.cassandra.membership;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * How far readers may go, for those who wait for it, and for the one who raises it: it does so more
 * often while somebody waits. The lock is never held across I/O.
 */
final class ReadWatermark {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** From one raise to the next while readers wait. */
  private static final long SHORT_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition raised = lock.newCondition();
  private final Condition wanted = lock.newCondition();
  private int waiting;
  private boolean closed;
  private volatile long ticks;

  ReadWatermark(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** As far as it is known now, in ticks. */
  long ticks() {
    return ticks;
  }

  /** Waits until it has come to an instant, for two seconds at most, and says how far it is. */
  long await(long target) {
    if (ticks >= target) {
      return ticks;
    }
    long left = PATIENCE_NANOS;
    lock.lock();
    try {
      waiting++;
      wanted.signal();
      while (ticks < target && !closed && left > 0) {
        left = raised.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting--;
      lock.unlock();
    }
    return ticks;
  }

  /** Raises it, unless it is there already. */
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
   * Waits until it should be raised again.
   *
   * @param restNanos from now, unless somebody waits
   * @return false when it is closed
   */
  boolean rest(long restNanos) {
    lock.lock();
    try {
      long began = nanoTime.getAsLong();
      long left = waiting > 0 ? SHORT_REST_NANOS : restNanos;
      while (!closed && left > 0) {
        var _ = wanted.awaitNanos(left);
        long rest = waiting > 0 ? SHORT_REST_NANOS : restNanos;
        left = rest - (nanoTime.getAsLong() - began);
      }
      return !closed;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Lets go of everybody who waits, now and later. */
  void close() {
    lock.lock();
    try {
      closed = true;
      wanted.signal();
      raised.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
