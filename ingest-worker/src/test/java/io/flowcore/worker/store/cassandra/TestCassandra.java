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

/** One node for all tests of this process, started when the first test needs it. */
public final class TestCassandra {
  private static CassandraServer server;

  private TestCassandra() {}

  /** Returns the node. A suite that uses it declares {@link OptionalPart#CASSANDRA}. */
  public static synchronized CassandraServer node() throws IOException, InterruptedException {
    OptionalPart.CASSANDRA.require();
    if (server == null) {
      Path directory = Files.createTempDirectory("cassandra");
      server = CassandraServer.start(directory.resolve("only")).awaitReady();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(directory)));
    }
    return server;
  }

  private static void stop(Path directory) {
    try {
      server.close();
      Files.delete(directory.resolve("only"));
      Files.delete(directory);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns settings with a new keyspace on that node, and without a limit on clock skew. */
  public static CassandraSettings settings() throws IOException, InterruptedException {
    return settings(List.of(node().contactPoint()), 1, Duration.ofDays(40_000));
  }

  /** Drops a keyspace: the node has memory for a few hundred tables. */
  public static void drop(CassandraSettings settings) throws StoreException {
    try (CqlSession session = CqlSessions.open(settings)) {
      session.execute(
          SimpleStatement.newInstance("DROP KEYSPACE " + settings.keyspace())
              .setTimeout(Duration.ofSeconds(30)));
    }
  }

  /** Returns settings with a new keyspace on some nodes. */
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
