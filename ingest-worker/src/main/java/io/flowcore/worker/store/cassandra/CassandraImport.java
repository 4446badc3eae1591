package io.flowcore.worker.store.cassandra;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.MovedEvent;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PartitionKey;
import io.flowcore.worker.store.cassandra.partition.PartitionScan;
import io.flowcore.worker.store.cassandra.partition.Placement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Imports the content of another hot store under the same ids. Every step can be repeated: an event
 * that was written twice is read once.
 */
public final class CassandraImport implements AutoCloseable {
  /** The ingest hour of events that were archived before the import; no real hour is as early. */
  private static final int ARCHIVED_BEFORE_IMPORT = 0;

  /**
   * A placeholder in the idempotency records of imported requests. They were confirmed, so their
   * events are never deleted.
   */
  private static final PartitionKey NO_PARTITION = new PartitionKey(new UUID(0, 0), 0, 0, 0);

  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 4 << 20;

  private final CassandraComponents components;
  private final Membership membership;
  private final EventWriter writer;
  private final CassandraIdempotencyStore idempotency;
  private final CassandraManifestGenerations generations;

  private CassandraImport(CassandraComponents components) {
    this.components = components;
    membership =
        components.membership(
            "migrate", components.clockSkewMonitor(System::nanoTime), System::nanoTime);
    writer = components.eventWriter(components.partitionWriter(), () -> 1);
    idempotency = components.idempotencyStore(membership::isAlive);
    generations = components.manifestGenerations();
  }

  /**
   * Connects, creates the tables that do not exist, and joins the workers.
   *
   * @throws StoreException if the store cannot be used; the message is for administrators
   */
  public static CassandraImport open(CassandraSettings settings, Clock clock)
      throws StoreException {
    CassandraComponents components = CassandraComponents.open(settings, clock);
    try {
      CassandraImport opened = new CassandraImport(components);
      opened.membership.start();
      return opened;
    } catch (StoreException | RuntimeException e) {
      components.close();
      throw e;
    }
  }

  /**
   * Makes all workers assign event times after an instant that the other store has promised to its
   * readers.
   */
  public void continueAfter(long ticks) throws StoreException {
    membership.advanceTo(ticks);
  }

  /** Writes events of one hour, and returns when they are durable. */
  public void put(List<MovedEvent> moved) throws StoreException {
    HybridLogicalClock.Reservation reservation = membership.beginAppend(1);
    try {
      int currentHour = TimeBucket.ofTicks(reservation.first()).hour();
      List<NewEvent> events = new ArrayList<>();
      List<Placement> placements = new ArrayList<>();
      for (MovedEvent one : moved) {
        NewEvent event = newEvent(one.event());
        boolean archived = event.details().archive() && !one.pendingArchive();
        int ingestHour = archived ? ARCHIVED_BEFORE_IMPORT : currentHour;
        events.add(event);
        placements.add(
            new Placement(
                writer.partition(event, event.eventTicks(), ingestHour), one.event().id()));
      }
      for (Placement placement : placements) {
        if (placement.partition().ingestHour() == ARCHIVED_BEFORE_IMPORT) {
          components.index().markArchived(placement.partition());
        }
      }
      writer.write(events, new EventWriter.Plan(placements, reservation.first()));
      membership.confirmAppend(reservation);
    } finally {
      membership.endAppend(reservation);
    }
  }

  private static NewEvent newEvent(StoredEvent event) {
    return new NewEvent(
        event.eventType(),
        event.id().ticks(),
        event.details(),
        event.payload(),
        0,
        event.payload().length);
  }

  /**
   * Returns the ids of those events of an hour that are not stored here, or differ from what is
   * stored.
   *
   * @param moved the events to look for, in the order of their ids
   */
  public List<EventId> missing(PendingHour hour, List<MovedEvent> moved) throws StoreException {
    Map<EventId, StoredEvent> wanted = new HashMap<>();
    moved.forEach(one -> wanted.put(one.event().id(), one.event()));
    PartitionScan scan =
        new PartitionScan(
            components.events(),
            components.executor(),
            components.index().partitions(hour),
            new EventRange(
                moved.getFirst().event().id(), moved.getLast().event().id(), ReadOrder.ASCENDING),
            (partition, event) -> true,
            PAGE_EVENTS);
    EventPage page;
    do {
      page = scan.page(PAGE_EVENTS, PAGE_BYTES);
      for (StoredEvent found : page.events()) {
        StoredEvent expected = wanted.get(found.id());
        if (expected != null && isEqual(expected, found)) {
          wanted.remove(found.id());
        }
      }
    } while (!page.complete());
    return wanted.keySet().stream().sorted().toList();
  }

  private static boolean isEqual(StoredEvent one, StoredEvent other) {
    return Arrays.equals(
        EventValueCodec.encode(newEvent(one)), EventValueCodec.encode(newEvent(other)));
  }

  /** See {@link io.flowcore.worker.store.ManifestGenerations#generation}. */
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return generations.generation(scope, hour);
  }

  /** See {@link io.flowcore.worker.store.ManifestGenerations#raiseGeneration}. */
  public void raiseGeneration(byte[] scope, TimeBucket hour, long generation)
      throws StoreException {
    generations.raiseGeneration(scope, hour, generation);
  }

  /** Stores the record of a request that the other store has responded to. */
  public void putIdempotencyRecord(IdempotencyKey request, List<EventId> ids)
      throws StoreException {
    idempotency.put(request, ids.stream().map(id -> new Placement(NO_PARTITION, id)).toList());
  }

  @Override
  public void close() {
    membership.close();
    components.close();
  }
}
