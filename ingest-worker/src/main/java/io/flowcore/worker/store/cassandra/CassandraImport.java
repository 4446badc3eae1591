package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValue;
import io.flowcore.worker.store.MovedEvent;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.RequestKey;
import io.flowcore.worker.store.StoreException;
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
  private static final PartKey ANYWHERE = new PartKey(new UUID(0, 0), 0, 0, 0);

  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 4 << 20;

  private final CqlSession session;
  private final Requests requests;
  private final Membership membership;
  private final EventTable table;
  private final PartIndex index;
  private final Appends appends;
  private final Receipts receipts;
  private final Marks marks;

  private CassandraImport(CqlSession session, CassandraSettings settings, Clock clock) {
    this.session = session;
    String keyspace = settings.keyspace();
    Lifetimes lifetimes = new Lifetimes(settings.archiveMargin());
    requests = new Requests(session);
    NodeClocks nodes = new NodeClocks(session, clock, System::nanoTime, settings.maxClockSkew());
    membership =
        new Membership(
            new MemberTable(session, requests, keyspace, "migrate"),
            nodes,
            clock,
            System::nanoTime);
    table = new EventTable(session, keyspace);
    index = new PartIndex(session, requests, keyspace, lifetimes, clock);
    appends = new Appends(table, index, new PartWrites(requests), lifetimes, clock, () -> 1);
    receipts =
        new Receipts(session, requests, keyspace, table, lifetimes, clock, membership::lives);
    marks = new Marks(session, requests, keyspace);
  }

  /**
   * Connects, makes the tables if need be, and joins the workers.
   *
   * @throws StoreException with a message for people
   */
  public static CassandraImport open(CassandraSettings settings, Clock clock)
      throws StoreException {
    CqlSession session = Connections.open(settings);
    try {
      Schema.ensure(session, settings);
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
    MemberClock.Stamp stamp = membership.begin(1);
    try {
      int present = TimeBucket.ofTicks(stamp.first()).hour();
      List<NewEvent> events = new ArrayList<>();
      List<Appends.Place> places = new ArrayList<>();
      for (MovedEvent one : moved) {
        NewEvent event = event(one.event());
        boolean archived = event.details().archive() && !one.waits();
        int arrival = archived ? ARCHIVED_BEFORE : present;
        events.add(event);
        places.add(
            new Appends.Place(appends.part(event, event.eventTicks(), arrival), one.event().id()));
      }
      for (Appends.Place place : places) {
        if (place.part().arrival() == ARCHIVED_BEFORE) {
          index.markArchived(place.part());
        }
      }
      appends.write(events, new Appends.Plan(places, Appends.timestamp(stamp.first())));
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
    PartScan scan =
        new PartScan(
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
    return Arrays.equals(EventValue.encode(event(one)), EventValue.encode(event(other)));
  }

  /** See {@link io.flowcore.worker.store.HotStore#mark}. */
  public long mark(byte[] scope, TimeBucket hour) throws StoreException {
    return marks.of(scope, hour);
  }

  /** See {@link io.flowcore.worker.store.HotStore#setMark}. */
  public void setMark(byte[] scope, TimeBucket hour, long number) throws StoreException {
    marks.set(scope, hour, number);
  }

  /** Remembers a request that was answered. */
  public void receipt(RequestKey request, List<EventId> ids) throws StoreException {
    List<Appends.Place> places = ids.stream().map(id -> new Appends.Place(ANYWHERE, id)).toList();
    receipts.put(request, places);
  }

  @Override
  public void close() {
    membership.close();
    session.close();
  }
}
