package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.RequestKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private static final String BROKEN =
      "the hot store can't write; the worker's log says why, and only a new start heals it";

  /** Where a group goes. */
  interface GroupWriter {
    /**
     * Makes the events of some requests, if any, and a reservation durable and visible.
     *
     * @return the ids of each request's events
     */
    List<List<EventId>> write(List<Append> group, CommitClock.Instants instants)
        throws RocksDBException;
  }

  /** An event and the value that will be stored for it. */
  record Pending(NewEvent event, byte[] value) {}

  /** The events of one request. */
  record Append(List<Pending> events, Optional<RequestKey> requestKey) {}

  /** A caller that waits for its events. Guarded by the volatile {@code done}. */
  private static final class Ticket {
    private final Thread caller = Thread.currentThread();
    private final Append append;
    private final long bytes;
    private List<EventId> ids = List.of();
    private volatile boolean done;

    Ticket(Append append, long bytes) {
      this.append = append;
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
  private boolean renewal;
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

  List<EventId> append(List<NewEvent> events, Optional<RequestKey> requestKey)
      throws StoreException {
    long bytes = requestKey.isPresent() ? ReceiptRecord.encodedLength(events.size()) : 0;
    for (NewEvent event : events) {
      bytes += EventRecord.encodedLength(event) + EventRecord.KEY_LENGTH;
    }
    reserve(bytes);
    Ticket ticket = enqueue(events, requestKey, bytes);
    await(ticket);
    if (ticket.ids.isEmpty()) {
      throw refused();
    }
    return ticket.ids;
  }

  /** Asks for a commit that renews the clock's reservation. Returns at once. */
  void renew() {
    lock.lock();
    try {
      renewal = true;
      work.signal();
    } finally {
      lock.unlock();
    }
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

  /** Takes room in the queue, before anything is copied. */
  private void reserve(long bytes) throws StoreException {
    lock.lock();
    try {
      if (closing || health instanceof StoreHealth.Broken) {
        throw refused();
      }
      // A single request larger than the queue gets in when it is alone; its size is bounded
      // elsewhere.
      if (queuedBytes > 0 && queuedBytes + bytes > maxQueuedBytes) {
        throw new StoreException(
            Kind.OVERLOADED,
            "the write queue is full: "
                + queuedBytes
                + " of "
                + maxQueuedBytes
                + " bytes are waiting");
      }
      queuedBytes += bytes;
    } finally {
      lock.unlock();
    }
  }

  private Ticket enqueue(List<NewEvent> events, Optional<RequestKey> requestKey, long bytes)
      throws StoreException {
    boolean queued = false;
    try {
      List<Pending> pending = new ArrayList<>(events.size());
      for (NewEvent event : events) {
        pending.add(new Pending(event, EventRecord.encode(event)));
      }
      Ticket ticket = new Ticket(new Append(pending, requestKey), bytes);
      lock.lock();
      try {
        if (closing || health instanceof StoreHealth.Broken) {
          throw refused();
        }
        queue.add(ticket);
        queued = true;
        work.signal();
        return ticket;
      } finally {
        lock.unlock();
      }
    } finally {
      if (!queued) {
        release(bytes);
      }
    }
  }

  private void release(long bytes) {
    lock.lock();
    try {
      queuedBytes -= bytes;
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
      while (queue.isEmpty() && !renewal) {
        if (closing) {
          return false;
        }
        work.awaitUninterruptibly();
      }
      renewal = false;
      long bytes = 0;
      while (!queue.isEmpty() && (bytes == 0 || bytes + queue.peek().bytes <= maxGroupBytes)) {
        Ticket ticket = queue.remove();
        bytes += ticket.bytes;
        group.add(ticket);
      }
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
    } catch (RocksDBException | RuntimeException | Error e) {
      LOG.error(
          "The hot store can't write; every append is refused until this worker starts anew", e);
      health = new StoreHealth.Broken(BROKEN);
      clock.failed();
      group.stream().filter(ticket -> !ticket.done).forEach(ticket -> ticket.complete(List.of()));
    }
  }

  private void commit(List<Ticket> group) throws RocksDBException {
    List<Append> appends = group.stream().map(ticket -> ticket.append).toList();
    if (health instanceof StoreHealth.Broken) {
      group.forEach(ticket -> ticket.complete(List.of()));
      return;
    }
    List<List<EventId>> ids = write(appends);
    for (int i = 0; i < group.size(); i++) {
      group.get(i).complete(ids.get(i));
    }
  }

  private List<List<EventId>> write(List<Append> appends) throws RocksDBException {
    int events = appends.stream().mapToInt(append -> append.events.size()).sum();
    long started = System.nanoTime();
    CommitClock.Instants instants = clock.begin(events);
    List<List<EventId>> ids = writer.write(appends, instants);
    clock.committed(instants);
    if (events > 0) {
      metrics.committed(events, System.nanoTime() - started);
    }
    return ids;
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
