package io.flowcore.worker.cluster;

import io.flowcore.testing.CassandraServer;
import io.flowcore.worker.Worker;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;

/** Runs a worker of a test cluster; its clock may be wrong. */
public final class ClusterWorkerMain {
  private static final long MEMORY = 48L << 20;

  private ClusterWorkerMain() {}

  /**
   * Starts the worker.
   *
   * @param arguments the resources directory, data directory, port, management port, contact points
   *     separated by commas, keyspace, and how far the clock is ahead in milliseconds
   */
  public static void main(String[] arguments) throws Exception {
    CassandraSettings cassandra =
        new CassandraSettings(
            List.of(arguments[4].split(",")),
            CassandraServer.DATACENTER,
            arguments[5],
            OptionalInt.of(3),
            Optional.empty(),
            Optional.empty(),
            CassandraSettings.ARCHIVE_MARGIN,
            CassandraSettings.MAX_CLOCK_SKEW);
    WorkerServer.Settings server =
        new WorkerServer.Settings(
            "127.0.0.1",
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]),
            Duration.ofSeconds(30),
            1_000);
    Worker worker =
        Worker.start(
            new ManifestDirectory(Path.of(arguments[0])),
            Path.of(arguments[1]),
            new Worker.Settings(
                server,
                new RequestMemory.Limits(MEMORY, MEMORY, MEMORY),
                OptionalLong.empty(),
                Duration.ofSeconds(10),
                Optional.of(cassandra),
                DrainSettings.SINGLE),
            Clock.offset(Clock.systemUTC(), Duration.ofMillis(Long.parseLong(arguments[6]))));
    Runtime.getRuntime().addShutdownHook(new Thread(worker::close));
    new CountDownLatch(1).await();
  }
}
