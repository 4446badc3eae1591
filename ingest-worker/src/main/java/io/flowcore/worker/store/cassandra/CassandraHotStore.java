package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValue;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.Receipt;
import io.flowcore.worker.store.RequestKey;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.WaitingEvents;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hot store on a cluster, shared by any number of workers. */
public final class CassandraHotStore implements HotStore {
  private static final Logger LOG = LoggerFactory.getLogger(CassandraHotStore.class);

  /** How often in an archive margin events that wait for long are looked for. */
  private static final int PROLONG_IN_MARGIN = 40;

  /** What may be under way to the cluster before appends are refused. */
  private static final long MAX_BYTES_UNDER_WAY = 64L << 20;

  private final CqlSession session;
  private final Requests requests;
  private final NodeClocks nodes;
  private final Membership membership;
  private final Appends appends;
  private final EventReads reads;
  private final Receipts receipts;
  private final Claims claims;
  private final Backlog backlog;
  private final Marks marks;
  private final AppendObserver observer;
  private final Prolonging prolonging;
  private final CassandraSettings settings;
  private final Clock clock;
  private final AtomicLong prolonged = new AtomicLong();

  /** Used by the thread that expires. */
  private long prolongAtMillis;

  private final AtomicLong bytesUnderWay = new AtomicLong();

  /** Told of each append that was acknowledged. */
  public interface AppendObserver {
    /** So many events in so many nanoseconds. */
    void committed(int events, long nanos);
  }

  private CassandraHotStore(
      CqlSession session,
      CassandraSettings settings,
      String name,
      Clock clock,
      LongSupplier nanoTime,
      AppendObserver observer) {
    this.session = session;
    this.settings = settings;
    this.clock = clock;
    this.observer = observer;
    String keyspace = settings.keyspace();
    Lifetimes lifetimes = new Lifetimes(settings.archiveMargin());
    requests = new Requests(session);
    nodes = new NodeClocks(session, clock, nanoTime, settings.maxClockSkew());
    membership =
        new Membership(new MemberTable(session, requests, keyspace, name), nodes, clock, nanoTime);
    EventTable table = new EventTable(session, keyspace);
    PartIndex index = new PartIndex(session, requests, keyspace, lifetimes, clock);
    PartWrites writes = new PartWrites(requests);
    appends = new Appends(table, index, writes, lifetimes, clock, membership::members);
    reads = new EventReads(table, requests, index, clock);
    receipts =
        new Receipts(session, requests, keyspace, table, lifetimes, clock, membership::lives);
    backlog = new Backlog(session, requests, keyspace, lifetimes);
    claims =
        new Claims(
            table,
            requests,
            index,
            new ClaimTable(session, requests, keyspace, lifetimes, clock),
            backlog,
            nanoTime);
    prolonging = new Prolonging(requests, table, index, writes, backlog, lifetimes, clock);
    marks = new Marks(session, requests, keyspace);
  }

  /**
   * Connects, makes the tables if need be, and joins the other workers.
   *
   * @param name of this worker, for people who look at the table of members
   * @throws StoreException with a message for the operator of the worker
   */
  public static CassandraHotStore open(
      CassandraSettings settings, String name, Clock clock, AppendObserver observer)
      throws StoreException {
    return open(settings, name, clock, System::nanoTime, observer);
  }

  /** With a watch that a test may let jump. */
  static CassandraHotStore open(
      CassandraSettings settings,
      String name,
      Clock clock,
      LongSupplier nanoTime,
      AppendObserver observer)
      throws StoreException {
    CqlSession session = Connections.open(settings);
    try {
      Schema.ensure(session, settings);
      CassandraHotStore store =
          new CassandraHotStore(session, settings, name, clock, nanoTime, observer);
      store.membership.start();
      return store;
    } catch (StoreException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public List<EventId> append(List<NewEvent> events, Optional<RequestKey> requestKey)
      throws StoreException {
    long bytes = 0;
    for (NewEvent event : events) {
      bytes += EventValue.encodedLength(event);
    }
    take(bytes);
    try {
      long started = System.nanoTime();
      List<EventId> ids = appendTaken(events, requestKey);
      observer.committed(events.size(), System.nanoTime() - started);
      return ids;
    } finally {
      bytesUnderWay.addAndGet(-bytes);
    }
  }

  /** A single request that is larger gets in when it is alone; its size is bounded elsewhere. */
  private void take(long bytes) throws StoreException {
    long before = bytesUnderWay.getAndAdd(bytes);
    if (before > 0 && before + bytes > MAX_BYTES_UNDER_WAY) {
      bytesUnderWay.addAndGet(-bytes);
      throw new StoreException(
          Kind.OVERLOADED,
          "the hot store is slow: %d of %d bytes are on their way to it"
              .formatted(before, MAX_BYTES_UNDER_WAY));
    }
  }

  private List<EventId> appendTaken(List<NewEvent> events, Optional<RequestKey> requestKey)
      throws StoreException {
    MemberClock.Stamp stamp = membership.begin(events.size());
    try {
      Appends.Plan plan = appends.plan(events, stamp);
      if (requestKey.isEmpty()) {
        appends.write(events, plan);
        membership.confirm(stamp);
      } else {
        Receipts.Claim claim = receipts.claim(requestKey.get(), stamp.incarnation(), plan);
        writeClaimed(events, stamp, plan, claim);
      }
      return plan.ids();
    } finally {
      membership.end(stamp);
    }
  }

  private void writeClaimed(
      List<NewEvent> events, MemberClock.Stamp stamp, Appends.Plan plan, Receipts.Claim claim)
      throws StoreException {
    try {
      appends.write(events, plan);
      membership.confirm(stamp);
      receipts.confirm(claim, plan.timestamp());
    } catch (StoreException e) {
      try {
        receipts.giveUp(claim);
      } catch (StoreException again) {
        LOG.debug("A claim stays for a while, and is taken over then by the next attempt", again);
      }
      throw e;
    }
  }

  @Override
  public Optional<Receipt> receipt(byte[] key) throws StoreException {
    return receipts.receipt(key);
  }

  @Override
  public long horizon(long wanted) {
    return membership.horizon(wanted);
  }

  @Override
  public EventPage read(ReadRequest request) throws StoreException {
    return reads.page(request);
  }

  @Override
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return reads.buckets(eventType, from, to, order, limit);
  }

  @Override
  public void pendingHours(HourVisitor visitor) throws StoreException {
    backlog.visit(membership.horizon(Long.MAX_VALUE), visitor);
  }

  /** Who visited the hours has waited for the horizon; each of them would wait again. */
  @Override
  public Optional<WaitingEvents> claim(PendingHour hour) throws StoreException {
    return claims.claim(hour, membership.horizon());
  }

  /**
   * Rows go by themselves, when their TTL has passed. Here those that must not go yet are kept from
   * it.
   */
  @Override
  public int expire(int limit) throws StoreException {
    long now = clock.millis();
    if (now >= prolongAtMillis) {
      prolongAtMillis = now + settings.archiveMargin().toMillis() / PROLONG_IN_MARGIN;
      prolonged.addAndGet(prolonging.run(membership.horizon()));
    }
    return 0;
  }

  /** Events that were written again because they waited for long. */
  public long prolonged() {
    return prolonged.get();
  }

  @Override
  public long mark(byte[] scope, TimeBucket hour) throws StoreException {
    return marks.of(scope, hour);
  }

  @Override
  public void setMark(byte[] scope, TimeBucket hour, long number) throws StoreException {
    marks.set(scope, hour, number);
  }

  @Override
  public List<TimeBucket> marked(byte[] scope, TimeBucket from, TimeBucket to)
      throws StoreException {
    return marks.hours(scope, from, to);
  }

  @Override
  public StoreHealth health() {
    return membership.health();
  }

  /** Bytes on their way to the cluster. */
  public long bytesUnderWay() {
    return bytesUnderWay.get();
  }

  /** Workers that share the store, as far as this one knows. */
  public int members() {
    return membership.members();
  }

  /** How far readers are behind the present, in seconds. */
  public double horizonLagSeconds() {
    return membership.lagSeconds();
  }

  /** How far this machine's clock is ahead of the nodes', in seconds. */
  public double clockSkewSeconds() {
    return nodes.skewMillis() / 1_000.0;
  }

  /** Statements that were sent again. */
  public long repeated() {
    return requests.repeated();
  }

  /** How often this worker had to join anew. */
  public long lostLeases() {
    return membership.lostLeases();
  }

  @Override
  public void close() {
    membership.close();
    session.close();
  }
}
