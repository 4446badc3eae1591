package io.flowcore.worker.store.cassandra.cql;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The tables, and how they come to be.
 *
 * <pre>
 * events        the events. A partition is a part: an event type, a minute of event time, the hour in
 *               which the events were committed (arrival), and a number that goes up where a part has
 *               grown large. When an arrival is over, its parts get no more acknowledged events.
 * parts         which parts an hour of an event type has, until when they are of use, how far they
 *               are archived, and who archives the hour now
 * hours         which hours an event type has
 * arrivals      which arrivals have events that wait to be archived
 * backlog       which hours of which event types an arrival has waiting
 * marks         numbers by scope and hour
 * receipts      requests by their idempotency key
 * members       workers, and how far readers may go as to each of them
 * incarnations  the number that the last worker got when it joined
 * </pre>
 *
 * Whatever several workers write at once is written so that the order makes no difference: with a
 * timestamp out of the value itself, so that the greatest stays.
 */
public final class CassandraSchema {
  private static final int CURRENT = 1;
  private static final int LOCK_SECONDS = 60;
  private static final Duration DDL_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final CqlSession session;
  private final CqlExecutor requests;
  private final String keyspace;

  private CassandraSchema(CqlSession session, String keyspace) {
    this.session = session;
    requests = new CqlExecutor(session);
    this.keyspace = keyspace;
  }

  /** The statements that make the keyspace and its tables, for who lets no worker do it. */
  public static List<String> statements(String keyspace, String datacenter, OptionalInt copies) {
    List<String> all = new ArrayList<>();
    copies.ifPresent(number -> all.add(keyspace(keyspace, datacenter, number)));
    all.add(state(keyspace));
    all.addAll(tables(keyspace));
    all.add("INSERT INTO " + keyspace + ".schema_state (k, version) VALUES (0, " + CURRENT + ")");
    return all;
  }

  private static String keyspace(String keyspace, String datacenter, int copies) {
    return "CREATE KEYSPACE IF NOT EXISTS %s WITH replication = {'class': 'NetworkTopologyStrategy', '%s': %d}"
        .formatted(keyspace, datacenter, copies);
  }

  private static String state(String keyspace) {
    return table(keyspace, "schema_state", "k int PRIMARY KEY, version int, owner bigint", "");
  }

  private static List<String> tables(String keyspace) {
    return List.of(
        table(
            keyspace,
            "events",
            "event_type uuid, minute int, arrival int, split int, id blob, value blob,"
                + " PRIMARY KEY ((event_type, minute, arrival, split), id)",
            " AND compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS',"
                + " 'compaction_window_size': 1} AND gc_grace_seconds = 86400"),
        table(
            keyspace,
            "parts",
            "event_type uuid, hour int, minute int, arrival int, split int, expires bigint, archivable boolean,"
                + " archived_to blob, owner bigint static,"
                + " PRIMARY KEY ((event_type, hour), minute, arrival, split)",
            ""),
        table(
            keyspace,
            "hours",
            "event_type uuid, hour int, expires bigint, PRIMARY KEY (event_type, hour)",
            ""),
        table(
            keyspace,
            "arrivals",
            "k int, arrival int, expires bigint, PRIMARY KEY (k, arrival)",
            ""),
        table(
            keyspace,
            "backlog",
            "arrival int, event_type uuid, hour int, expires bigint, kept bigint,"
                + " PRIMARY KEY (arrival, event_type, hour)",
            ""),
        table(
            keyspace,
            "marks",
            "scope blob, hour int, number bigint, PRIMARY KEY (scope, hour)",
            ""),
        table(
            keyspace,
            "receipts",
            "key blob PRIMARY KEY, digest blob, expires bigint, incarnation bigint, claimed bigint, events blob, leftovers blob,"
                + " confirmed boolean",
            ""),
        table(
            keyspace,
            "members",
            "k int, incarnation bigint, floor bigint, beat bigint, name text, ceiling bigint static,"
                + " PRIMARY KEY (k, incarnation)",
            " AND gc_grace_seconds = 3600"),
        table(keyspace, "incarnations", "k int PRIMARY KEY, last bigint", ""));
  }

  /**
   * With an id made of its name, so that two workers who make it at once, at nodes that have not
   * heard of each other's, make the same one.
   */
  private static String table(String keyspace, String name, String columns, String options) {
    String full = keyspace + "." + name;
    return "CREATE TABLE IF NOT EXISTS %s (%s) WITH id = %s%s"
        .formatted(full, columns, UUID.nameUUIDFromBytes(full.getBytes(UTF_8)), options);
  }

  /**
   * Makes what is missing, one worker at a time.
   *
   * @throws StoreException with a message for the operator of the worker
   */
  public static void ensure(CqlSession session, CassandraSettings settings) throws StoreException {
    CassandraSchema schema = new CassandraSchema(session, settings.keyspace());
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!schema.ensured(settings, System.nanoTime() > end)) {
      LockSupport.parkNanos(REST_NANOS);
    }
  }

  /**
   * One attempt.
   *
   * @param last whether to throw what may pass by itself
   * @return false if a node has not heard yet of a table that another worker has just made
   */
  private boolean ensured(CassandraSettings settings, boolean last) throws StoreException {
    try {
      ensureKeyspace(settings);
      if (version() != CURRENT) {
        migrate();
      }
      return session.checkSchemaAgreement() || last;
    } catch (StoreException e) {
      return passed(settings, e, e.getCause(), last);
    } catch (DriverException e) {
      StoreException failure =
          new StoreException(
              Kind.UNAVAILABLE,
              "the keyspace " + settings.keyspace() + " can't be used: " + e.getMessage(),
              e);
      return passed(settings, failure, e, last);
    }
  }

  private static boolean passed(
      CassandraSettings settings, StoreException failure, Throwable cause, boolean last)
      throws StoreException {
    if (cause instanceof UnauthorizedException unauthorized) {
      throw mayNot(settings, unauthorized);
    }
    boolean unheardOf =
        cause instanceof InvalidQueryException
            && (cause.getMessage().contains("does not exist")
                || cause.getMessage().contains("unconfigured table"));
    if (last || !unheardOf) {
      throw failure;
    }
    return false;
  }

  private static StoreException mayNot(CassandraSettings settings, UnauthorizedException e) {
    return new StoreException(
        Kind.UNAVAILABLE,
        "this worker may not make tables in the keyspace "
            + settings.keyspace()
            + "; run what \"flowcore cassandra-schema\" prints as somebody who may",
        e);
  }

  private void ensureKeyspace(CassandraSettings settings) throws StoreException {
    boolean there =
        session
                .execute(
                    SimpleStatement.newInstance(
                        "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?",
                        keyspace))
                .one()
            != null;
    if (!there) {
      int copies =
          settings
              .replication()
              .orElseThrow(() ->
                  new StoreException(
                      Kind.UNAVAILABLE,
                      "there is no keyspace "
                          + keyspace
                          + "; make it, or let the worker make it with --cassandra-replication"));
      change(keyspace(keyspace, settings.datacenter(), copies));
    }
  }

  /** 0 if nothing is there yet. */
  private int version() throws StoreException {
    boolean there =
        session
                .execute(
                    SimpleStatement.newInstance(
                        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name ="
                            + " 'schema_state'",
                        keyspace))
                .one()
            != null;
    if (!there) {
      return 0;
    }
    Row row =
        session
            .execute(
                SimpleStatement.newInstance(
                        "SELECT version FROM " + keyspace + ".schema_state WHERE k = 0")
                    .setConsistencyLevel(ConsistencyLevel.LOCAL_SERIAL))
            .one();
    int version = row == null ? 0 : row.getInt("version");
    if (version > CURRENT) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the tables of the keyspace %s are of version %d, made by a newer release; this one knows %d"
              .formatted(keyspace, version, CURRENT));
    }
    return version;
  }

  private void migrate() throws StoreException {
    change(state(keyspace));
    long owner = ThreadLocalRandom.current().nextLong();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!locked(owner)) {
      if (version() == CURRENT) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new StoreException(
            Kind.UNAVAILABLE, "another worker has been making the tables for too long");
      }
      LockSupport.parkNanos(REST_NANOS);
    }
    if (version() != CURRENT) {
      tables(keyspace).forEach(this::change);
      var _ =
          conditional(
              "UPDATE %s.schema_state SET version = %d, owner = null WHERE k = 0 IF owner = %d"
                  .formatted(keyspace, CURRENT, owner));
    }
  }

  private boolean locked(long owner) throws StoreException {
    Optional<Row> other =
        conditional(
            "UPDATE %s.schema_state USING TTL %d SET owner = %d WHERE k = 0 IF owner = null"
                .formatted(keyspace, LOCK_SECONDS, owner));
    return other.isEmpty() || other.get().getLong("owner") == owner;
  }

  private Optional<Row> conditional(String statement) throws StoreException {
    return requests.conditional(SimpleStatement.newInstance(statement).setTimeout(DDL_TIMEOUT));
  }

  private void change(String statement) {
    session.execute(
        SimpleStatement.newInstance(statement).setIdempotent(false).setTimeout(DDL_TIMEOUT));
    session.checkSchemaAgreement();
  }
}
