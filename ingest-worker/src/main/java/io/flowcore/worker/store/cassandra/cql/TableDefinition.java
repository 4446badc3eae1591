package io.flowcore.worker.store.cassandra.cql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.UUID;

/**
 * The definition of a table. The class that prepares a table's statements also owns its definition.
 *
 * @param columns the columns and the primary key, as CQL
 * @param options further table options, joined by {@code AND}, as CQL; empty for the defaults
 */
public record TableDefinition(String name, String columns, String options) {

  /** Defines a table with the cluster's default options. */
  public TableDefinition(String name, String columns) {
    this(name, columns, "");
  }

  /** Returns the table's name with its keyspace. */
  public String qualifiedName(String keyspace) {
    return keyspace + "." + name;
  }

  /**
   * Returns the statement that creates the table if it does not exist.
   *
   * <p>The table's id is derived from its name. Two workers that create the table at the same time,
   * through nodes that do not know of each other's change yet, create the same table.
   */
  public String createStatement(String keyspace) {
    String table = qualifiedName(keyspace);
    return "CREATE TABLE IF NOT EXISTS %s (%s) WITH id = %s%s"
        .formatted(
            table,
            columns,
            UUID.nameUUIDFromBytes(table.getBytes(UTF_8)),
            options.isEmpty() ? "" : " AND " + options);
  }
}
