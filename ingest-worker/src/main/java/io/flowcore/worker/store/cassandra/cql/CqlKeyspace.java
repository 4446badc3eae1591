package io.flowcore.worker.store.cassandra.cql;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;

/**
 * The keyspace of a data core, as the table classes use it.
 *
 * @param name the keyspace's name
 */
public record CqlKeyspace(CqlSession session, CqlExecutor executor, String name) {

  /** Creates access to a keyspace through a session. */
  public CqlKeyspace(CqlSession session, String name) {
    this(session, new CqlExecutor(session), name);
  }

  /** Returns the qualified name of a table of this keyspace. */
  public String table(TableDefinition table) {
    return table.qualifiedName(name);
  }

  /** Prepares a statement. */
  public PreparedStatement prepare(String statement) {
    return session.prepare(statement);
  }
}
