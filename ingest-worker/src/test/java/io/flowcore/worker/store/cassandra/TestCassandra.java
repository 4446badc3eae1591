package io.flowcore.worker.store.cassandra;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flowcore.testing.CassandraServer;
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

  /** The node; the test is skipped where there can be none. */
  public static synchronized CassandraServer node() throws IOException, InterruptedException {
    Optional<String> missing = CassandraServer.missing();
    missing.ifPresent(System.out::println);
    assumeTrue(missing.isEmpty(), () -> missing.orElseThrow());
    if (server == null) {
      Path folder = Files.createTempDirectory("cassandra");
      server = CassandraServer.start(folder).awaitReady();
      Runtime.getRuntime().addShutdownHook(new Thread(TestCassandra::stop));
    }
    return server;
  }

  private static void stop() {
    try {
      server.close();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A keyspace of its own on that node. Clocks of tests may say what they like. */
  public static CassandraSettings settings() throws IOException, InterruptedException {
    return settings(List.of(node().contactPoint()), 1, Duration.ofDays(40_000));
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
