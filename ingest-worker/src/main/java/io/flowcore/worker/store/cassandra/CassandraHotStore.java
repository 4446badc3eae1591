package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
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
import io.flowcore.worker.store.cassandra.partition.EventPages;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PartitionIndex;
import io.flowcore.worker.store.cassandra.partition.PartitionWriter;
import io.flowcore.worker.store.cassandra.pending.ClaimTable;
import io.flowcore.worker.store.cassandra.pending.PendingClaims;
import io.flowcore.worker.store.cassandra.pending.PendingHourTable;
import io.flowcore.worker.store.cassandra.pending.TtlRefresher;
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
  private final CqlExecutor requests;
  private final ClockSkewMonitor nodes;
  private final Membership membership;
  private final EventWriter appends;
  private final EventPages reads;
  private final CassandraIdempotencyStore receipts;
  private final PendingClaims claims;
  private final PendingHourTable backlog;
  private final CassandraManifestGenerations marks;
  private final AppendObserver observer;
  private final TtlRefresher prolonging;
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
    RowTtls lifetimes = new RowTtls(settings.archiveMargin());
    requests = new CqlExecutor(session);
    nodes = new ClockSkewMonitor(session, clock, nanoTime, settings.maxClockSkew());
    membership =
        new Membership(new MemberTable(session, requests, keyspace, name), nodes, clock, nanoTime);
    EventTable table = new EventTable(session, keyspace);
    PartitionIndex index = new PartitionIndex(session, requests, keyspace, lifetimes, clock);
    PartitionWriter writes = new PartitionWriter(requests);
    appends = new EventWriter(table, index, writes, lifetimes, clock, membership::members);
    reads = new EventPages(table, requests, index, clock);
    receipts =
        new CassandraIdempotencyStore(
            session, requests, keyspace, table, lifetimes, clock, membership::lives);
    backlog = new PendingHourTable(session, requests, keyspace, lifetimes);
    claims =
        new PendingClaims(
            table,
            requests,
            index,
            new ClaimTable(session, requests, keyspace, lifetimes, clock),
            backlog,
            nanoTime);
    prolonging = new TtlRefresher(requests, table, index, writes, backlog, lifetimes, clock);
    marks = new CassandraManifestGenerations(session, requests, keyspace);
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
    CqlSession session = CqlSessions.open(settings);
    try {
      CassandraSchema.ensure(session, settings);
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
  public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey)
      throws StoreException {
    long bytes = 0;
    for (NewEvent event : events) {
      bytes += EventValueCodec.encodedLength(event);
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

  private List<EventId> appendTaken(List<NewEvent> events, Optional<IdempotencyKey> requestKey)
      throws StoreException {
    HybridLogicalClock.Stamp stamp = membership.begin(events.size());
    try {
      EventWriter.Plan plan = appends.plan(events, stamp);
      if (requestKey.isEmpty()) {
        appends.write(events, plan);
        membership.confirm(stamp);
      } else {
        CassandraIdempotencyStore.Claim claim =
            receipts.claim(requestKey.get(), stamp.incarnation(), plan);
        writeClaimed(events, stamp, plan, claim);
      }
      return plan.ids();
    } finally {
      membership.end(stamp);
    }
  }

  private void writeClaimed(
      List<NewEvent> events,
      HybridLogicalClock.Stamp stamp,
      EventWriter.Plan plan,
      CassandraIdempotencyStore.Claim claim)
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
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    return receipts.idempotencyRecord(key);
  }

  @Override
  public long readWatermark(long wanted) {
    return membership.readWatermark(wanted);
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
    backlog.visit(membership.readWatermark(Long.MAX_VALUE), visitor);
  }

  /** Who visited the hours has waited for the horizon; each of them would wait again. */
  @Override
  public Optional<PendingEvents> claim(PendingHour hour) throws StoreException {
    return claims.claim(hour, membership.readWatermark());
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
      prolonged.addAndGet(prolonging.run(membership.readWatermark()));
    }
    return 0;
  }

  /** Events that were written again because they waited for long. */
  public long prolonged() {
    return prolonged.get();
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return marks.of(scope, hour);
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long number) throws StoreException {
    marks.set(scope, hour, number);
  }

  @Override
  public List<TimeBucket> hoursWithGeneration(byte[] scope, TimeBucket from, TimeBucket to)
      throws StoreException {
    return marks.hours(scope, from, to);
  }

  @Override
  public StoreHealth health() {
    return membership.health();
  }

  /** Registers what this worker knows of the cluster and of the other workers. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.store.queued.bytes", "Bytes that wait to be written", this::bytesUnderWay);
    metrics.gauge(
        "flowcore.store.members",
        "Workers that share the hot store, including this one",
        this::members);
    metrics.gauge(
        "flowcore.store.read.lag.seconds",
        "How far the read watermark is behind the current time",
        this::readLagSeconds);
    metrics.gauge(
        "flowcore.store.clock.skew.seconds",
        "How far this machine's clock is ahead of the clocks of the hot store's nodes",
        this::clockSkewSeconds);
    metrics.counter(
        "flowcore.store.statement.retries",
        "Statements that were sent again after a failure",
        this::repeated);
    metrics.counter(
        "flowcore.store.lost.leases",
        "How often this worker lost its membership lease and had to rejoin",
        this::lostLeases);
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
  public double readLagSeconds() {
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
