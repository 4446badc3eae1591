package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that writes, with one fsync, all that has come in while the fsync before was under
 * way.
 *
 * <p>Measured on two cores: 64 virtual threads that each do their own synced put reach 5,000 events
 * a second, because a native call holds the carrier; the same callers over one committer reach
 * 50,000 to 80,000. Ids are handed out here, in commit order.
 *
 * <p>The queue is bounded in bytes; what does not fit is refused at once. A failed write is final:
 * what RocksDB or the disk holds then is unknown, so every further append is refused until the
 * process starts anew.
 */
final class GroupCommitter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommitter.class);

  /** Where a group goes. */
  interface GroupWriter {
    /**
     * Makes events durable and visible. The first gets the instant {@code firstInstant}, each other
     * one more.
     */
    List<EventId> write(List<Pending> events, long firstInstant) throws RocksDBException;
  }

  /** An event and the value that will be stored for it. */
  record Pending(NewEvent event, byte[] value) {}

  /** A caller that waits for its events. Guarded by the volatile {@code done}. */
  private static final class Ticket {
    private final Thread caller = Thread.currentThread();
    private final List<Pending> events;
    private final long bytes;
    private List<EventId> ids = List.of();
    private volatile boolean done;

    Ticket(List<Pending> events, long bytes) {
      this.events = events;
      this.bytes = bytes;
    }

    void complete(List<EventId> result) {
      ids = result;
      done = true;
      LockSupport.unpark(caller);
    }
  }

  private final GroupWriter writer;
  private final CommitClock clock;
  private final CommitMetrics metrics;
  private final long maxQueuedBytes;
  private final long maxGroupBytes;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
  private long queuedBytes;
  private boolean closing;
  private volatile StoreHealth health = new StoreHealth.Healthy();

  GroupCommitter(
      GroupWriter writer,
      CommitClock clock,
      CommitMetrics metrics,
      long maxQueuedBytes,
      long maxGroupBytes) {
    this.writer = writer;
    this.clock = clock;
    this.metrics = metrics;
    this.maxQueuedBytes = maxQueuedBytes;
    this.maxGroupBytes = maxGroupBytes;
    thread = Thread.ofPlatform().name("group-commit").unstarted(this::run);
    thread.start();
  }

  List<EventId> append(List<NewEvent> events) throws StoreException {
    List<Pending> pending = new ArrayList<>(events.size());
    long bytes = 0;
    for (NewEvent event : events) {
      byte[] value = EventRecord.encode(event);
      pending.add(new Pending(event, value));
      bytes += value.length + EventRecord.KEY_LENGTH;
    }
    Ticket ticket = new Ticket(pending, bytes);
    enqueue(ticket);
    await(ticket);
    if (ticket.ids.isEmpty()) {
      throw refused();
    }
    return ticket.ids;
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

  private void enqueue(Ticket ticket) throws StoreException {
    lock.lock();
    try {
      if (closing || health instanceof StoreHealth.Broken) {
        throw refused();
      }
      // A single request larger than the queue gets in when it is alone; its size is bounded
      // elsewhere.
      if (queuedBytes > 0 && queuedBytes + ticket.bytes > maxQueuedBytes) {
        throw new StoreException(
            Kind.OVERLOADED,
            "the write queue is full: "
                + queuedBytes
                + " of "
                + maxQueuedBytes
                + " bytes are waiting");
      }
      queuedBytes += ticket.bytes;
      queue.add(ticket);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  private StoreException refused() {
    return switch (health) {
      case StoreHealth.Healthy healthy ->
          new StoreException(Kind.UNAVAILABLE, "the worker is shutting down");
      case StoreHealth.Broken broken -> new StoreException(Kind.UNAVAILABLE, broken.reason());
    };
  }

  /**
   * Waits even through interrupts: the events may be durable already, and the caller has to know.
   */
  private static void await(Ticket ticket) {
    boolean interrupted = false;
    while (!ticket.done) {
      LockSupport.park(ticket);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Ticket> group = new ArrayList<>();
    while (takeGroup(group)) {
      commitOrFail(group);
      group.clear();
    }
  }

  /** Waits for work and takes as much as fits a group. False when closed and nothing is left. */
  private boolean takeGroup(List<Ticket> group) {
    lock.lock();
    try {
      while (queue.isEmpty()) {
        if (closing) {
          return false;
        }
        work.awaitUninterruptibly();
      }
      long bytes = 0;
      do {
        Ticket ticket = queue.remove();
        bytes += ticket.bytes;
        group.add(ticket);
      } while (!queue.isEmpty() && bytes + queue.peek().bytes <= maxGroupBytes);
      queuedBytes -= bytes;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Errors too, such as memory that runs out: callers of a thread that is gone would wait for ever.
   */
  private void commitOrFail(List<Ticket> group) {
    try {
      commit(group);
    } catch (RuntimeException | Error e) {
      LOG.error(
          "The group commit failed; every append is refused until this worker starts anew", e);
      health = new StoreHealth.Broken("the hot store can't write");
      for (Ticket ticket : group) {
        if (!ticket.done) {
          ticket.complete(List.of());
        }
      }
    }
  }

  private void commit(List<Ticket> group) {
    List<Pending> events = new ArrayList<>();
    group.forEach(ticket -> events.addAll(ticket.events));
    List<EventId> ids = health instanceof StoreHealth.Healthy ? write(events) : List.of();
    int from = 0;
    for (Ticket ticket : group) {
      int to = from + ticket.events.size();
      ticket.complete(ids.isEmpty() ? List.of() : List.copyOf(ids.subList(from, to)));
      from = to;
    }
  }

  private List<EventId> write(List<Pending> events) {
    long started = System.nanoTime();
    long firstInstant = clock.begin(events.size());
    try {
      List<EventId> ids = writer.write(events, firstInstant);
      metrics.committed(events.size(), System.nanoTime() - started);
      return ids;
    } catch (RocksDBException | RuntimeException | Error e) {
      // Errors too: a writer thread that is gone would leave every caller waiting for ever.
      LOG.error(
          "The hot store can't write; every append is refused until this worker starts anew", e);
      health = new StoreHealth.Broken("the hot store can't write");
      return List.of();
    } finally {
      clock.committed();
    }
  }

  /** Writes what is queued and ends the thread. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
