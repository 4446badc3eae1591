package io.flowcore.worker.cli;

import io.flowcore.worker.store.cassandra.CassandraSchema;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints what a worker would do to a keyspace, for clusters where workers may not. */
@Command(
    name = "cassandra-schema",
    mixinStandardHelpOptions = true,
    description = {
      "Print the CQL that makes the tables of a data core, for cqlsh.",
      "Needed only where workers may not make tables themselves."
    })
final class CassandraSchemaCommand implements Callable<Integer> {
  @Mixin private StoreOptions store;

  @Override
  public Integer call() {
    CassandraSettings settings = store.target();
    CassandraSchema.statements(settings.keyspace(), settings.datacenter(), settings.replication())
        .forEach(statement -> System.out.println(statement + ";"));
    return 0;
  }
}
