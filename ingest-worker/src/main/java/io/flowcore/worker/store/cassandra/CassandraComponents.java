package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import io.flowcore.worker.store.cassandra.cql.CqlSessions;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.idempotency.IdempotencyRecordTable;
import io.flowcore.worker.store.cassandra.membership.ClockSkewMonitor;
import io.flowcore.worker.store.cassandra.membership.IncarnationTable;
import io.flowcore.worker.store.cassandra.membership.MemberTable;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventHourTable;
import io.flowcore.worker.store.cassandra.partition.EventPages;
import io.flowcore.worker.store.cassandra.partition.EventTable;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PartitionIndex;
import io.flowcore.worker.store.cassandra.partition.PartitionTable;
import io.flowcore.worker.store.cassandra.partition.PartitionWriter;
import io.flowcore.worker.store.cassandra.pending.HourClaims;
import io.flowcore.worker.store.cassandra.pending.PendingClaims;
import io.flowcore.worker.store.cassandra.pending.PendingHourTable;
import io.flowcore.worker.store.cassandra.pending.PendingHours;
import io.flowcore.worker.store.cassandra.pending.PendingIngestHourTable;
import io.flowcore.worker.store.cassandra.pending.TtlRefresher;
import java.time.Clock;
import java.util.function.IntSupplier;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * The components on one session that the hot store, the import, and tests share, and how further
 * components are created from them.
 */
record CassandraComponents(
    CassandraSettings settings,
    Clock clock,
    CqlKeyspace keyspace,
    RowTtls ttls,
    EventTable events,
    PartitionTable partitions,
    PendingHours pendingHours,
    PartitionIndex index)
    implements AutoCloseable {

  /**
   * Connects, creates the tables that do not exist, and prepares the statements.
   *
   * @throws StoreException if the cluster or the keyspace cannot be used; the message is for
   *     administrators
   */
  static CassandraComponents open(CassandraSettings settings, Clock clock) throws StoreException {
    CqlSession session = CqlSessions.open(settings);
    try {
      CassandraSchema.ensure(session, settings);
      return create(session, settings, clock);
    } catch (DriverException e) {
      session.close();
      throw notPrepared(settings, e);
    } catch (StoreException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** Returns the failure of a component that could not prepare its statements. */
  static StoreException notPrepared(CassandraSettings settings, DriverException e) {
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "cannot prepare statements for the keyspace " + settings.keyspace() + ": " + e.getMessage(),
        e);
  }

  private static CassandraComponents create(
      CqlSession session, CassandraSettings settings, Clock clock) {
    CqlKeyspace keyspace = new CqlKeyspace(session, settings.keyspace());
    RowTtls ttls = new RowTtls(settings.archiveMargin());
    PartitionTable partitions = new PartitionTable(keyspace);
    PendingHours pendingHours =
        new PendingHours(
            new PendingIngestHourTable(keyspace), new PendingHourTable(keyspace), ttls);
    PartitionIndex index =
        new PartitionIndex(
            partitions,
            new EventHourTable(keyspace),
            pendingHours,
            keyspace.executor(),
            ttls,
            clock);
    return new CassandraComponents(
        settings, clock, keyspace, ttls, new EventTable(keyspace), partitions, pendingHours, index);
  }

  CqlExecutor executor() {
    return keyspace.executor();
  }

  /**
   * Creates a monitor of this machine's clock, which compares it as it is with the nodes' clocks.
   */
  ClockSkewMonitor clockSkewMonitor(LongSupplier nanoTime) {
    return new ClockSkewMonitor(
        keyspace.session(), GuardedClock.wall(clock), nanoTime, settings.maxClockSkew());
  }

  /** Creates a membership that has not joined. It guards event times by the nodes' clocks. */
  Membership membership(String workerName, ClockSkewMonitor clockSkew, LongSupplier nanoTime) {
    return new Membership(
        new MemberTable(keyspace, workerName),
        new IncarnationTable(keyspace),
        clockSkew,
        GuardedClock.wall(clock),
        nanoTime);
  }

  PartitionWriter partitionWriter() {
    return new PartitionWriter(executor());
  }

  /** Creates a writer; {@code members} returns the number of workers that write. */
  EventWriter eventWriter(PartitionWriter writer, IntSupplier members) {
    return new EventWriter(events, index, writer, ttls, clock, members);
  }

  EventPages eventPages() {
    return new EventPages(events, executor(), index, clock);
  }

  /** Creates a store; {@code isAlive} tests whether an incarnation may acknowledge events. */
  CassandraIdempotencyStore idempotencyStore(LongPredicate isAlive) {
    return new CassandraIdempotencyStore(
        new IdempotencyRecordTable(keyspace), events, ttls, clock, isAlive);
  }

  PendingClaims pendingClaims(LongSupplier nanoTime) {
    HourClaims claims = new HourClaims(partitions, executor(), ttls, clock, nanoTime);
    return new PendingClaims(events, executor(), index, claims, pendingHours);
  }

  TtlRefresher ttlRefresher(PartitionWriter writer) {
    return new TtlRefresher(events, index, writer, pendingHours, ttls, clock);
  }

  CassandraManifestGenerations manifestGenerations() {
    return new CassandraManifestGenerations(keyspace);
  }

  /** Closes the session. */
  @Override
  public void close() {
    keyspace.session().close();
  }
}
