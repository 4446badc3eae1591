package io.flowcore.worker.store.cassandra;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends events: reserves their event times, writes them, and returns when they may be
 * acknowledged. The size of the appends in flight is limited.
 */
final class EventAppender {
  private static final Logger LOG = LoggerFactory.getLogger(EventAppender.class);

  private static final long MAX_BYTES_IN_FLIGHT = 64L << 20;

  private final Membership membership;
  private final EventWriter writer;
  private final CassandraIdempotencyStore idempotency;
  private final CassandraHotStore.AppendObserver observer;
  private final AtomicLong bytesInFlight = new AtomicLong();

  EventAppender(
      Membership membership,
      EventWriter writer,
      CassandraIdempotencyStore idempotency,
      CassandraHotStore.AppendObserver observer) {
    this.membership = membership;
    this.writer = writer;
    this.idempotency = idempotency;
    this.observer = observer;
  }

  /** Returns the size of the appends in flight, in bytes. */
  long bytesInFlight() {
    return bytesInFlight.get();
  }

  /** See {@link io.flowcore.worker.store.EventLog#append(List, Optional)}. */
  List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey)
      throws StoreException {
    long bytes = 0;
    for (NewEvent event : events) {
      bytes += EventValueCodec.encodedLength(event);
    }
    admit(bytes);
    try {
      long started = System.nanoTime();
      List<EventId> ids = appendAdmitted(events, idempotencyKey);
      observer.committed(events.size(), System.nanoTime() - started);
      return ids;
    } finally {
      bytesInFlight.addAndGet(-bytes);
    }
  }

  /** Admits a request larger than the limit when it is alone; the HTTP API limits its size. */
  private void admit(long bytes) throws StoreException {
    long before = bytesInFlight.getAndAdd(bytes);
    if (before > 0 && before + bytes > MAX_BYTES_IN_FLIGHT) {
      bytesInFlight.addAndGet(-bytes);
      throw new StoreException(
          Kind.OVERLOADED,
          String.format(
              Locale.ROOT,
              "the hot store is slow: %d bytes are in flight; the limit is %d bytes; retry later",
              before,
              MAX_BYTES_IN_FLIGHT));
    }
  }

  private List<EventId> appendAdmitted(
      List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey) throws StoreException {
    HybridLogicalClock.Reservation reservation = membership.beginAppend(events.size());
    try {
      EventWriter.Plan plan = writer.plan(events, reservation);
      if (idempotencyKey.isEmpty()) {
        writer.write(events, plan);
        membership.confirmAppend(reservation);
      } else {
        CassandraIdempotencyStore.Claim claim =
            idempotency.claim(idempotencyKey.get(), reservation.incarnation(), plan);
        writeClaimed(events, reservation, plan, claim);
      }
      return plan.ids();
    } finally {
      membership.endAppend(reservation);
    }
  }

  private void writeClaimed(
      List<NewEvent> events,
      HybridLogicalClock.Reservation reservation,
      EventWriter.Plan plan,
      CassandraIdempotencyStore.Claim claim)
      throws StoreException {
    try {
      writer.write(events, plan);
      membership.confirmAppend(reservation);
      idempotency.confirm(claim, plan.timestamp());
    } catch (StoreException e) {
      try {
        idempotency.abandon(claim);
      } catch (StoreException abandonFailure) {
        LOG.debug(
            "Could not abandon the claim of a request; the next attempt takes it over after a delay",
            abandonFailure);
      }
      throw e;
    }
  }
}
