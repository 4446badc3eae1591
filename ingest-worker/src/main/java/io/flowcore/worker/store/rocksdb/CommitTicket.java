package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** A caller that waits for its events to be committed. Guarded by the volatile {@code done}. */
final class CommitTicket {
  private static final List<EventId> NO_IDS = List.of();

  private final Thread caller = Thread.currentThread();
  private final GroupCommitter.Append append;
  private final long bytes;
  private List<EventId> ids = NO_IDS;
  private Optional<String> rejection = Optional.empty();
  private volatile boolean done;

  /**
   * Creates a ticket for the current thread.
   *
   * @param bytes the size of the events in the queue
   */
  CommitTicket(GroupCommitter.Append append, long bytes) {
    this.append = append;
    this.bytes = bytes;
  }

  GroupCommitter.Append append() {
    return append;
  }

  long bytes() {
    return bytes;
  }

  /** Returns the ids of the events; empty before the commit and after a failure. */
  List<EventId> ids() {
    return ids;
  }

  boolean isDone() {
    return done;
  }

  /** Wakes the caller with the ids of its events. */
  void complete(List<EventId> result) {
    ids = result;
    done = true;
    LockSupport.unpark(caller);
  }

  /** Wakes the caller without ids, and with a reason for clients. */
  void reject(String reason) {
    rejection = Optional.of(reason);
    fail();
  }

  /** Returns why the events were not written, although the store works. */
  Optional<String> rejection() {
    return rejection;
  }

  /** Wakes the caller without ids. Allocates nothing. */
  void fail() {
    complete(NO_IDS);
  }

  /**
   * Waits for the commit or a failure, for the given time at most. Waits even if it is interrupted:
   * the events may already be durable, and the caller must know.
   */
  void await(long nanos) {
    boolean interrupted = false;
    long started = System.nanoTime();
    for (long left = nanos; !done && left > 0; ) {
      LockSupport.parkNanos(this, left);
      interrupted |= Thread.interrupted();
      left = nanos - (System.nanoTime() - started);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
