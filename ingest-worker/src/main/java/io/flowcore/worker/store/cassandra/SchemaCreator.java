package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CqlKeyspace;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Creates the keyspace and the tables of {@link CassandraSchema} if they do not exist. */
final class SchemaCreator {
  private static final Duration DDL_TIMEOUT = Duration.ofSeconds(30);

  /** A worker that starts repeats all of this, and logs what it waits for. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(15);

  private static final Duration MAX_LOCK_WAIT = Duration.ofMinutes(2);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final CqlSession session;
  private final CassandraSettings settings;
  private final String keyspace;
  private final SchemaStateTable state;

  SchemaCreator(CqlSession session, CassandraSettings settings) {
    this.session = session;
    this.settings = settings;
    keyspace = settings.keyspace();
    state = new SchemaStateTable(new CqlKeyspace(session, keyspace));
  }

  /** See {@link CassandraSchema#ensure}. */
  void ensure() throws StoreException {
    long end = System.nanoTime() + MAX_WAIT.toNanos();
    while (!attempt(System.nanoTime() > end)) {
      pause();
    }
  }

  /**
   * Makes one attempt.
   *
   * @param last whether to throw failures that may be transient
   * @return false if a node does not know a table yet that another worker has just created
   */
  private boolean attempt(boolean last) throws StoreException {
    try {
      ensureKeyspace();
      if (state.version() != CassandraSchema.VERSION) {
        createTables();
      }
      return session.checkSchemaAgreement() || last;
    } catch (StoreException e) {
      throwUnlessTransient(e, e.getCause(), last);
    } catch (DriverException e) {
      StoreException failure =
          new StoreException(
              Kind.UNAVAILABLE, "cannot use the keyspace " + keyspace + ": " + e.getMessage(), e);
      throwUnlessTransient(failure, e, last);
    }
    return false;
  }

  private void throwUnlessTransient(StoreException failure, Throwable cause, boolean last)
      throws StoreException {
    if (cause instanceof UnauthorizedException) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the worker is not permitted to create tables in the keyspace "
              + keyspace
              + "; execute the output of \"flowcore cassandra-schema\" as a role with the permission CREATE",
          cause);
    }
    if (last || !isTransient(cause)) {
      throw failure;
    }
  }

  /**
   * Returns whether a failure may pass by itself: every failure of nodes or connections, such as a
   * replica that does not know a table yet, but not a statement that the nodes reject.
   */
  static boolean isTransient(Throwable cause) {
    if (cause instanceof InvalidQueryException rejected) {
      return rejected.getMessage().contains("does not exist")
          || rejected.getMessage().contains("unconfigured table");
    }
    return cause instanceof DriverException
        && !(cause instanceof QueryValidationException)
        && !(cause instanceof AuthenticationException);
  }

  private void ensureKeyspace() throws StoreException {
    boolean exists =
        session
                .execute(
                    SimpleStatement.newInstance(
                        "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?",
                        keyspace))
                .one()
            != null;
    if (!exists) {
      int replication =
          settings
              .replication()
              .orElseThrow(() ->
                  new StoreException(
                      Kind.UNAVAILABLE,
                      "the keyspace "
                          + keyspace
                          + " does not exist; create it, or set --cassandra-replication so that the worker creates it"));
      change(CassandraSchema.createKeyspace(keyspace, settings.datacenter(), replication));
    }
  }

  private void createTables() throws StoreException {
    change(SchemaStateTable.TABLE.createStatement(keyspace));
    long owner = ThreadLocalRandom.current().nextLong();
    long end = System.nanoTime() + MAX_LOCK_WAIT.toNanos();
    while (!state.lock(owner)) {
      if (state.version() == CassandraSchema.VERSION) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            String.format(
                Locale.ROOT,
                "another worker has been creating the tables of the keyspace %s for more than %d s; check that worker's log",
                keyspace,
                MAX_LOCK_WAIT.toSeconds()));
      }
      pause();
    }
    if (state.version() != CassandraSchema.VERSION) {
      CassandraSchema.createTables(keyspace).forEach(this::change);
      state.setVersion(CassandraSchema.VERSION, owner);
    }
  }

  /** An interrupted thread would not wait at all. */
  private void pause() throws StoreException {
    LockSupport.parkNanos(RETRY_NANOS);
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException(
          Kind.UNAVAILABLE, "the wait for the keyspace " + keyspace + " was interrupted");
    }
  }

  private void change(String statement) {
    session.execute(
        SimpleStatement.newInstance(statement).setIdempotent(false).setTimeout(DDL_TIMEOUT));
    session.checkSchemaAgreement();
  }
}
