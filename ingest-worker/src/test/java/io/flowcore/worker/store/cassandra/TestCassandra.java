package io.flowcore.worker.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import io.flowcore.testing.CassandraServer;
import io.flowcore.testing.OptionalPart;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.cql.CqlSessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** One node for all tests of this process, started by whoever needs it first. */
public final class TestCassandra {
  private static CassandraServer server;

  private TestCassandra() {}

  /** Returns the node. A suite that uses it declares {@link OptionalPart#CASSANDRA}. */
  public static synchronized CassandraServer node() throws IOException, InterruptedException {
    OptionalPart.CASSANDRA.require();
    if (server == null) {
      Path folder = Files.createTempDirectory("cassandra");
      server = CassandraServer.start(folder.resolve("only")).awaitReady();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(folder)));
    }
    return server;
  }

  private static void stop(Path folder) {
    try {
      server.close();
      Files.delete(folder.resolve("only"));
      Files.delete(folder);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A keyspace of its own on that node. Clocks of tests may say what they like. */
  public static CassandraSettings settings() throws IOException, InterruptedException {
    return settings(List.of(node().contactPoint()), 1, Duration.ofDays(40_000));
  }

  /** Removes a keyspace: a node has memory for some hundred tables. */
  public static void drop(CassandraSettings settings) throws StoreException {
    try (CqlSession session = CqlSessions.open(settings)) {
      session.execute(
          SimpleStatement.newInstance("DROP KEYSPACE " + settings.keyspace())
              .setTimeout(Duration.ofSeconds(30)));
    }
  }

  public static CassandraSettings settings(
      List<String> contactPoints, int replication, Duration maxClockSkew) {
    return new CassandraSettings(
        contactPoints,
        CassandraServer.DATACENTER,
        "t" + UUID.randomUUID().toString().replace("-", ""),
        OptionalInt.of(replication),
        Optional.empty(),
        Optional.empty(),
        CassandraSettings.ARCHIVE_MARGIN,
        maxClockSkew);
  }
}
