package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that writes, with one fsync, everything that was queued while the previous group was
 * written. {@link EventGroupWriter} makes the write.
 *
 * <p>Measured on two cores: 64 virtual threads with one synced put each reach 5,000 events per
 * second, because a native call pins the carrier thread; the same callers with one committer reach
 * 50,000 to 80,000. Ids are assigned here, in commit order.
 *
 * <p>The queue is limited in bytes; what does not fit is rejected at once. A failed write is final:
 * the state of RocksDB and of the disk is unknown then, so every later append is rejected until the
 * process is restarted. A full disk is the exception: see {@link DiskFullException}.
 */
final class GroupCommitter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommitter.class);
  private static final Append NO_EVENTS = new Append(List.of(), Optional.empty());

  /** Writes groups. */
  interface GroupWriter {
    /**
     * Makes the events of a group, which may be empty, and a reservation durable and visible.
     *
     * @return the ids of the events of each append
     */
    List<List<EventId>> write(List<Append> group, CommitClock.Instants instants)
        throws RocksDBException;
  }

  /** An event and its prepared value, see {@link EventValueCodec#prepare}. */
  record EncodedEvent(NewEvent event, byte[] value) {}

  /** The events of one request. */
  record Append(List<EncodedEvent> events, Optional<IdempotencyKey> idempotencyKey) {}

  private final GroupWriter writer;
  private final CommitClock clock;
  private final CommitMetrics metrics;
  private final CommitQueue queue;
  private final Thread thread;

  GroupCommitter(
      GroupWriter writer,
      CommitClock clock,
      CommitMetrics metrics,
      long maxQueuedBytes,
      long maxGroupBytes) {
    this.writer = writer;
    this.clock = clock;
    this.metrics = metrics;
    queue = new CommitQueue(maxQueuedBytes, maxGroupBytes);
    thread = Thread.ofPlatform().name("group-commit").unstarted(this::run);
    thread.start();
  }

  /** Appends events, and returns their ids when they are durable. */
  List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey)
      throws StoreException {
    long bytes =
        idempotencyKey.isPresent() ? IdempotencyRecordCodec.encodedLength(events.size()) : 0;
    for (NewEvent event : events) {
      bytes += EventValueCodec.encodedLength(event) + EventKeyCodec.KEY_LENGTH;
    }
    queue.reserve(bytes);
    CommitTicket ticket = enqueue(events, idempotencyKey, bytes);
    ticket.await(Long.MAX_VALUE);
    if (ticket.rejection().isPresent()) {
      throw new StoreException(StoreException.Kind.OVERLOADED, ticket.rejection().get());
    }
    if (ticket.ids().isEmpty()) {
      throw queue.unavailable();
    }
    return ticket.ids();
  }

  private CommitTicket enqueue(
      List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey, long bytes)
      throws StoreException {
    boolean queued = false;
    try {
      List<EncodedEvent> encoded = new ArrayList<>(events.size());
      for (NewEvent event : events) {
        encoded.add(new EncodedEvent(event, EventValueCodec.prepare(event)));
      }
      CommitTicket ticket = new CommitTicket(new Append(encoded, idempotencyKey), bytes);
      queued = queue.offer(ticket);
      if (!queued) {
        throw queue.unavailable();
      }
      return ticket;
    } finally {
      if (!queued) {
        queue.release(bytes);
      }
    }
  }

  /** Requests a commit that renews the clock's reservation. Returns at once. */
  void renew() {
    queue.requestRenewal();
  }

  /** Renews the clock's reservation, unless that fails or takes longer than the timeout. */
  void awaitRenewal(Duration timeout) {
    CommitTicket ticket = new CommitTicket(NO_EVENTS, 0);
    if (queue.offer(ticket)) {
      ticket.await(timeout.toNanos());
    }
  }

  StoreHealth health() {
    return queue.health();
  }

  long queuedBytes() {
    return queue.queuedBytes();
  }

  /**
   * Runs until the queue is closed or a write fails. Catches Errors too: if the thread ended
   * without failing the tickets, their callers would wait forever.
   */
  private void run() {
    List<CommitTicket> group = new ArrayList<>();
    try {
      while (queue.takeGroup(group)) {
        try {
          commit(group);
        } catch (DiskFullException e) {
          reject(group, e);
        }
        group.clear();
      }
    } catch (RocksDBException | RuntimeException | Error e) {
      queue.fail(group);
      LOG.error(
          "The hot store cannot write and rejects every event; restart the worker to recover", e);
    }
  }

  /** The disk has no space for this group. The next one may have. */
  private static void reject(List<CommitTicket> group, DiskFullException e) {
    LOG.debug("Rejecting a group because the disk is full", e);
    group.forEach(ticket -> ticket.reject(e.getMessage()));
  }

  private void commit(List<CommitTicket> group) throws RocksDBException {
    List<List<EventId>> ids = write(group.stream().map(CommitTicket::append).toList());
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
    queue.close();
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
