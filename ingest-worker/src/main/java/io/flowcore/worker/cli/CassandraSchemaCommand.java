package io.flowcore.worker.cli;

import io.flowcore.worker.store.cassandra.CassandraSchema;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints the schema of a keyspace, for clusters where workers are not allowed to create tables. */
@Command(
    name = "cassandra-schema",
    mixinStandardHelpOptions = true,
    description = {
      "Print the CQL statements that create the tables of a data core, for cqlsh.",
      "Needed only if the workers are not allowed to create tables."
    })
final class CassandraSchemaCommand implements Callable<Integer> {
  @Mixin private StoreOptions store;

  @Override
  public Integer call() {
    CassandraSettings settings = store.cluster();
    CassandraSchema.statements(settings.keyspace(), settings.datacenter(), settings.replication())
        .forEach(statement -> System.out.println(statement + ";"));
    return 0;
  }
}
