package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.MovedEvent;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSchema;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlSessions;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.membership.ClockSkewMonitor;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import io.flowcore.worker.store.cassandra.membership.MemberTable;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PartitionIndex;
import io.flowcore.worker.store.cassandra.partition.PartitionKey;
import io.flowcore.worker.store.cassandra.partition.PartitionScan;
import io.flowcore.worker.store.cassandra.partition.PartitionWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Takes over what another hot store held, under the same ids. Each step may be done again: an event
 * that was written twice is read once.
 */
public final class CassandraImport implements AutoCloseable {
  /** The arrival of events that were archived before they came here: none is as early. */
  private static final int ARCHIVED_BEFORE = 0;

  /** Stands for where events lie, in receipts of requests that need no events removed. */
  private static final PartitionKey ANYWHERE = new PartitionKey(new UUID(0, 0), 0, 0, 0);

  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 4 << 20;

  private final CqlSession session;
  private final CqlExecutor requests;
  private final Membership membership;
  private final EventTable table;
  private final PartitionIndex index;
  private final EventWriter appends;
  private final CassandraIdempotencyStore receipts;
  private final CassandraManifestGenerations marks;

  private CassandraImport(CqlSession session, CassandraSettings settings, Clock clock) {
    this.session = session;
    String keyspace = settings.keyspace();
    RowTtls lifetimes = new RowTtls(settings.archiveMargin());
    requests = new CqlExecutor(session);
    ClockSkewMonitor nodes =
        new ClockSkewMonitor(session, clock, System::nanoTime, settings.maxClockSkew());
    membership =
        new Membership(
            new MemberTable(session, requests, keyspace, "migrate"),
            nodes,
            clock,
            System::nanoTime);
    table = new EventTable(session, keyspace);
    index = new PartitionIndex(session, requests, keyspace, lifetimes, clock);
    appends =
        new EventWriter(table, index, new PartitionWriter(requests), lifetimes, clock, () -> 1);
    receipts =
        new CassandraIdempotencyStore(
            session, requests, keyspace, table, lifetimes, clock, membership::lives);
    marks = new CassandraManifestGenerations(session, requests, keyspace);
  }

  /**
   * Connects, makes the tables if need be, and joins the workers.
   *
   * @throws StoreException with a message for people
   */
  public static CassandraImport open(CassandraSettings settings, Clock clock)
      throws StoreException {
    CqlSession session = CqlSessions.open(settings);
    try {
      CassandraSchema.ensure(session, settings);
      CassandraImport opened = new CassandraImport(session, settings, clock);
      opened.membership.start();
      return opened;
    } catch (StoreException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** Lets all events that come from now on get later times than what another store promised. */
  public void beginBehind(long ticks) throws StoreException {
    membership.follow(ticks);
  }

  /** Writes events of one hour, and returns when they are durable. */
  public void put(List<MovedEvent> moved) throws StoreException {
    HybridLogicalClock.Stamp stamp = membership.begin(1);
    try {
      int present = TimeBucket.ofTicks(stamp.first()).hour();
      List<NewEvent> events = new ArrayList<>();
      List<EventWriter.Place> places = new ArrayList<>();
      for (MovedEvent one : moved) {
        NewEvent event = event(one.event());
        boolean archived = event.details().archive() && !one.waits();
        int arrival = archived ? ARCHIVED_BEFORE : present;
        events.add(event);
        places.add(
            new EventWriter.Place(
                appends.part(event, event.eventTicks(), arrival), one.event().id()));
      }
      for (EventWriter.Place place : places) {
        if (place.part().arrival() == ARCHIVED_BEFORE) {
          index.markArchived(place.part());
        }
      }
      appends.write(events, new EventWriter.Plan(places, EventWriter.timestamp(stamp.first())));
      membership.confirm(stamp);
    } finally {
      membership.end(stamp);
    }
  }

  private static NewEvent event(StoredEvent event) {
    return new NewEvent(
        event.eventType(),
        event.id().ticks(),
        event.details(),
        event.payload(),
        0,
        event.payload().length);
  }

  /**
   * Which of some events of an hour are not here, or are here otherwise.
   *
   * @param moved in the order of their ids
   */
  public List<EventId> missing(PendingHour hour, List<MovedEvent> moved) throws StoreException {
    Map<EventId, StoredEvent> wanted = new HashMap<>();
    moved.forEach(one -> wanted.put(one.event().id(), one.event()));
    PartitionScan scan =
        new PartitionScan(
            table,
            requests,
            index.parts(hour),
            moved.getFirst().event().id(),
            moved.getLast().event().id(),
            true,
            (part, event) -> true,
            PAGE_EVENTS);
    EventPage page;
    do {
      page = scan.page(PAGE_EVENTS, PAGE_BYTES);
      for (StoredEvent found : page.events()) {
        StoredEvent same = wanted.get(found.id());
        if (same != null && equal(same, found)) {
          wanted.remove(found.id());
        }
      }
    } while (!page.complete());
    return wanted.keySet().stream().sorted().toList();
  }

  private static boolean equal(StoredEvent one, StoredEvent other) {
    return Arrays.equals(EventValueCodec.encode(event(one)), EventValueCodec.encode(event(other)));
  }

  /** See {@link io.flowcore.worker.store.ManifestGenerations#generation}. */
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return marks.of(scope, hour);
  }

  /** See {@link io.flowcore.worker.store.HotStore#raiseGeneration}. */
  public void raiseGeneration(byte[] scope, TimeBucket hour, long number) throws StoreException {
    marks.set(scope, hour, number);
  }

  /** Remembers a request that was answered. */
  public void idempotencyRecord(IdempotencyKey request, List<EventId> ids) throws StoreException {
    List<EventWriter.Place> places =
        ids.stream().map(id -> new EventWriter.Place(ANYWHERE, id)).toList();
    receipts.put(request, places);
  }

  @Override
  public void close() {
    membership.close();
    session.close();
  }
}
