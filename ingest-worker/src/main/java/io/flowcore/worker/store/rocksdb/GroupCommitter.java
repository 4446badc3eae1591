package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.time.Duration;
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

  /** Made beforehand: memory may be what is lacking. */
  private static final StoreHealth.Broken BROKEN =
      new StoreHealth.Broken(
          "the hot store can't write; the worker's log says why, and only a new start heals it");

  private static final List<EventId> NO_IDS = List.of();
  private static final Append NO_EVENTS = new Append(List.of(), Optional.empty());

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
  record Append(List<Pending> events, Optional<IdempotencyKey> requestKey) {}

  /** A caller that waits for its events. Guarded by the volatile {@code done}. */
  private static final class Ticket {
    private final Thread caller = Thread.currentThread();
    private final Append append;
    private final long bytes;
    private List<EventId> ids = NO_IDS;
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

  List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey)
      throws StoreException {
    long bytes = requestKey.isPresent() ? IdempotencyRecordCodec.encodedLength(events.size()) : 0;
    for (NewEvent event : events) {
      bytes += EventValueCodec.encodedLength(event) + EventKeyCodec.KEY_LENGTH;
    }
    reserve(bytes);
    Ticket ticket = enqueue(events, requestKey, bytes);
    await(ticket, Long.MAX_VALUE);
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

  /** Renews the clock's reservation, unless that fails or takes longer than this. */
  void awaitRenewal(Duration patience) {
    Ticket ticket = new Ticket(NO_EVENTS, 0);
    lock.lock();
    try {
      if (closing || health instanceof StoreHealth.Broken) {
        return;
      }
      queue.add(ticket);
      work.signal();
    } finally {
      lock.unlock();
    }
    await(ticket, patience.toNanos());
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

  private Ticket enqueue(List<NewEvent> events, Optional<IdempotencyKey> requestKey, long bytes)
      throws StoreException {
    boolean queued = false;
    try {
      List<Pending> pending = new ArrayList<>(events.size());
      for (NewEvent event : events) {
        pending.add(new Pending(event, EventValueCodec.encode(event)));
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
    return new StoreException(
        Kind.UNAVAILABLE,
        health instanceof StoreHealth.Broken broken
            ? broken.reason()
            : "the worker is shutting down");
  }

  /**
   * Waits even through interrupts: the events may be durable already, and the caller has to know.
   */
  private static void await(Ticket ticket, long nanos) {
    boolean interrupted = false;
    long started = System.nanoTime();
    for (long left = nanos; !ticket.done && left > 0; ) {
      LockSupport.parkNanos(ticket, left);
      interrupted |= Thread.interrupted();
      left = nanos - (System.nanoTime() - started);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends with the first failure. Errors too, such as memory that runs out: callers of a thread that
   * is gone would wait for ever.
   */
  private void run() {
    List<Ticket> group = new ArrayList<>();
    try {
      while (takeGroup(group)) {
        commit(group);
        group.clear();
      }
    } catch (RocksDBException | RuntimeException | Error e) {
      failAll(group);
      LOG.error(
          "The hot store can't write; every append is refused until this worker starts anew", e);
    }
  }

  /** Lets go of everybody who waits. Allocates nothing. */
  private void failAll(List<Ticket> group) {
    health = BROKEN;
    for (int i = 0; i < group.size(); i++) {
      if (!group.get(i).done) {
        group.get(i).complete(NO_IDS);
      }
    }
    lock.lock();
    try {
      for (Ticket ticket = queue.poll(); ticket != null; ticket = queue.poll()) {
        queuedBytes -= ticket.bytes;
        ticket.complete(NO_IDS);
      }
    } finally {
      lock.unlock();
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

  private void commit(List<Ticket> group) throws RocksDBException {
    List<List<EventId>> ids = write(group.stream().map(ticket -> ticket.append).toList());
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
