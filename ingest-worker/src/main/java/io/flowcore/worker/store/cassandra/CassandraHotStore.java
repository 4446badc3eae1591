package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.DriverException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.membership.ClockSkewMonitor;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventPages;
import io.flowcore.worker.store.cassandra.partition.PartitionWriter;
import io.flowcore.worker.store.cassandra.pending.PendingClaims;
import io.flowcore.worker.store.cassandra.pending.TtlRefresher;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** The hot store on a Cassandra cluster, shared by any number of workers. */
public final class CassandraHotStore implements HotStore {
  /** How often within an archive margin the store looks for TTLs that must be refreshed. */
  private static final int REFRESHES_PER_MARGIN = 40;

  private final CassandraComponents components;
  private final ClockSkewMonitor clockSkew;
  private final Membership membership;
  private final CassandraIdempotencyStore idempotency;
  private final EventAppender appender;
  private final EventPages pages;
  private final PendingClaims claims;
  private final TtlRefresher ttlRefresher;
  private final CassandraManifestGenerations generations;
  private final AtomicLong refreshedEvents = new AtomicLong();

  /** Used only by the thread that calls {@link #expire}. */
  private long nextRefreshMillis;

  /** Observes acknowledged appends. */
  public interface AppendObserver {
    /** Records the number of events of an append, and how long it took in nanoseconds. */
    void committed(int events, long nanos);
  }

  private CassandraHotStore(
      CassandraComponents components,
      String workerName,
      LongSupplier nanoTime,
      AppendObserver observer) {
    this.components = components;
    clockSkew = components.clockSkewMonitor(nanoTime);
    membership = components.membership(workerName, clockSkew, nanoTime);
    idempotency = components.idempotencyStore(membership::isAlive);
    PartitionWriter partitionWriter = components.partitionWriter();
    appender =
        new EventAppender(
            membership,
            components.eventWriter(partitionWriter, membership::members),
            idempotency,
            observer);
    pages = components.eventPages();
    claims = components.pendingClaims(nanoTime);
    ttlRefresher = components.ttlRefresher(partitionWriter);
    generations = components.manifestGenerations();
  }

  /**
   * Connects, creates the tables that do not exist, and joins the other workers.
   *
   * @param workerName identifies this worker in the table of members, for administrators
   * @throws StoreException if the store cannot be used; the message is for administrators
   */
  public static CassandraHotStore open(
      CassandraSettings settings, String workerName, Clock clock, AppendObserver observer)
      throws StoreException {
    return open(settings, workerName, clock, System::nanoTime, observer);
  }

  /** Opens a store with a monotonic clock that a test may advance. */
  static CassandraHotStore open(
      CassandraSettings settings,
      String workerName,
      Clock clock,
      LongSupplier nanoTime,
      AppendObserver observer)
      throws StoreException {
    CassandraComponents components = CassandraComponents.open(settings, clock);
    try {
      CassandraHotStore store = new CassandraHotStore(components, workerName, nanoTime, observer);
      store.membership.start();
      return store;
    } catch (DriverException e) {
      components.close();
      throw CassandraComponents.notPrepared(settings, e);
    } catch (StoreException | RuntimeException e) {
      components.close();
      throw e;
    }
  }

  @Override
  public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey)
      throws StoreException {
    return appender.append(events, idempotencyKey);
  }

  @Override
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    return idempotency.idempotencyRecord(key);
  }

  @Override
  public long readWatermark(long wanted) {
    return membership.readWatermark(wanted);
  }

  @Override
  public EventPage read(ReadRequest request) throws StoreException {
    return pages.page(request);
  }

  @Override
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return pages.buckets(eventType, from, to, order, limit);
  }

  @Override
  public void pendingHours(HourVisitor visitor) throws StoreException {
    components.pendingHours().visit(membership.readWatermark(Long.MAX_VALUE), visitor);
  }

  /** Does not wait for the read watermark, since {@link #pendingHours} has waited for it. */
  @Override
  public Optional<PendingEvents> claim(PendingHour hour) throws StoreException {
    return claims.claim(hour, membership.readWatermark());
  }

  /**
   * Refreshes the TTLs of events that are pending archive. Cassandra itself removes events whose
   * TTL has passed, so there is nothing else to do.
   */
  @Override
  public int expire(int limit) throws StoreException {
    long now = components.clock().millis();
    if (now >= nextRefreshMillis) {
      nextRefreshMillis =
          now + components.settings().archiveMargin().toMillis() / REFRESHES_PER_MARGIN;
      refreshedEvents.addAndGet(ttlRefresher.refresh(membership.readWatermark()));
    }
    return 0;
  }

  /** Returns how many events were written again with a new TTL. */
  public long refreshedEvents() {
    return refreshedEvents.get();
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return generations.generation(scope, hour);
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long generation)
      throws StoreException {
    generations.raiseGeneration(scope, hour, generation);
  }

  @Override
  public List<TimeBucket> hoursWithGeneration(
      byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return generations.hoursWithGeneration(scope, from, to, order, limit);
  }

  @Override
  public StoreHealth health() {
    return membership.health();
  }

  /** Registers what this worker knows about the cluster and the other workers. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.store.queued.bytes",
        "Bytes of requests that are waiting to be written",
        appender::bytesInFlight);
    metrics.gauge(
        "flowcore.store.members",
        "Workers that share the hot store, including this one",
        membership::members);
    metrics.gauge(
        "flowcore.store.read.lag.seconds",
        "How far the read watermark is behind the current time",
        membership::readLagSeconds);
    metrics.gauge(
        "flowcore.store.clock.skew.seconds",
        "How far this machine's clock is ahead of the clocks of the hot store's nodes",
        () -> clockSkew.skewMillis() / 1_000.0);
    metrics.counter(
        "flowcore.store.statement.retries",
        "Statements that were sent again after a failure",
        components.executor()::retries);
    metrics.counter(
        "flowcore.store.lost.leases",
        "How often this worker lost its membership lease and had to rejoin",
        membership::lostLeases);
  }

  @Override
  public void close() {
    membership.close();
    components.close();
  }
}
