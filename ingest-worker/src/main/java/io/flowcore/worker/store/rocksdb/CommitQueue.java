package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue of a {@link GroupCommitter}: callers wait there for the writer thread. Limited in
 * bytes. Once it is broken or closed it accepts nothing any more.
 */
final class CommitQueue {
  /** Created in advance, because the failure may be a lack of memory. */
  private static final StoreHealth.Broken BROKEN =
      new StoreHealth.Broken(
          "the hot store cannot write; see the worker's log for the cause, and restart the worker"
              + " to recover");

  private final long maxQueuedBytes;
  private final long maxGroupBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<CommitTicket> tickets = new ArrayDeque<>();
  private long queuedBytes;
  private boolean renewalRequested;
  private boolean closing;
  private volatile StoreHealth health = new StoreHealth.Healthy();

  CommitQueue(long maxQueuedBytes, long maxGroupBytes) {
    this.maxQueuedBytes = maxQueuedBytes;
    this.maxGroupBytes = maxGroupBytes;
  }

  StoreHealth health() {
    return health;
  }

  long queuedBytes() {
    lock.lock();
    try {
      return queuedBytes;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Reserves space in the queue, before anything is copied.
   *
   * @throws StoreException if the queue is full, closed or broken
   */
  void reserve(long bytes) throws StoreException {
    lock.lock();
    try {
      if (closing || health instanceof StoreHealth.Broken) {
        throw unavailable();
      }
      // A single request that is larger than the queue is accepted if the queue is empty; its size
      // is limited elsewhere.
      if (queuedBytes > 0 && queuedBytes + bytes > maxQueuedBytes) {
        throw new StoreException(
            Kind.OVERLOADED,
            "the write queue is full: "
                + queuedBytes
                + " of "
                + maxQueuedBytes
                + " bytes are in use; retry later");
      }
      queuedBytes += bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Releases space that was reserved. */
  void release(long bytes) {
    lock.lock();
    try {
      queuedBytes -= bytes;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a ticket, for which space is reserved.
   *
   * @return false if the queue is closed or broken
   */
  boolean offer(CommitTicket ticket) {
    lock.lock();
    try {
      if (closing || health instanceof StoreHealth.Broken) {
        return false;
      }
      tickets.add(ticket);
      work.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the exception for callers after the queue was closed or broken. */
  StoreException unavailable() {
    return new StoreException(
        Kind.UNAVAILABLE,
        health instanceof StoreHealth.Broken broken
            ? broken.reason()
            : "the worker is shutting down");
  }

  /** Wakes the writer thread for a group without events. */
  void requestRenewal() {
    lock.lock();
    try {
      renewalRequested = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for work, and removes as many tickets as fit into a group.
   *
   * @return false if the queue is closed and empty
   */
  boolean takeGroup(List<CommitTicket> group) {
    lock.lock();
    try {
      while (tickets.isEmpty() && !renewalRequested) {
        if (closing) {
          return false;
        }
        work.awaitUninterruptibly();
      }
      renewalRequested = false;
      long bytes = 0;
      while (!tickets.isEmpty()
          && (bytes == 0 || bytes + tickets.peek().bytes() <= maxGroupBytes)) {
        CommitTicket ticket = tickets.remove();
        bytes += ticket.bytes();
        group.add(ticket);
      }
      queuedBytes -= bytes;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Marks the queue as broken, and wakes all callers without ids. Allocates nothing. */
  void fail(List<CommitTicket> group) {
    health = BROKEN;
    for (int i = 0; i < group.size(); i++) {
      if (!group.get(i).isDone()) {
        group.get(i).fail();
      }
    }
    lock.lock();
    try {
      for (CommitTicket ticket = tickets.poll(); ticket != null; ticket = tickets.poll()) {
        queuedBytes -= ticket.bytes();
        ticket.fail();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Accepts nothing more. What is queued is still returned by {@link #takeGroup}. */
  void close() {
    lock.lock();
    try {
      closing = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }
}
