package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.FreePorts;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.store.cassandra.TestCassandra;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is started before its database responds. */
@Requires(OptionalPart.CASSANDRA)
class LateDatabaseIT {
  @TempDir private Path directory;

  /** Forwards connections of a port to a node. */
  private record Relay(ServerSocket server, String node, ExecutorService threads)
      implements AutoCloseable {
    static Relay start(int port, String node, ExecutorService threads) throws IOException {
      Relay relay =
          new Relay(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), node, threads);
      var _ = threads.submit(relay::accept);
      return relay;
    }

    private Void accept() throws IOException {
      while (!server.isClosed()) {
        Socket client = server.accept();
        int colon = node.lastIndexOf(':');
        Socket database =
            new Socket(node.substring(0, colon), Integer.parseInt(node.substring(colon + 1)));
        var _ = threads.submit(() -> copy(client, database));
        var _ = threads.submit(() -> copy(database, client));
      }
      return null;
    }

    private static Void copy(Socket from, Socket to) throws IOException {
      try (from;
          to) {
        from.getInputStream().transferTo(to.getOutputStream());
      }
      return null;
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  @Test
  void aWorkerBecomesReadyWhenItsDatabaseResponds() throws Exception {
    CassandraSettings real = TestCassandra.settings();
    String node = real.contactPoints().getFirst();
    int late = FreePorts.next();
    int managementPort = FreePorts.next();
    CassandraSettings settings =
        new CassandraSettings(
            List.of("127.0.0.1:" + late),
            real.datacenter(),
            real.keyspace(),
            real.replication(),
            real.credentials(),
            real.tls(),
            real.archiveMargin(),
            real.maxClockSkew());
    // Not closed, because that would wait for a start that does not end.
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try (WorkerProbe probe = new WorkerProbe(managementPort)) {
      Future<Worker> starting =
          threads.submit(() -> StartupIT.start(directory, managementPort, settings));
      await()
          .ignoreException(ConnectException.class)
          .atMost(Duration.ofSeconds(60))
          .until(() -> probe.ready().contains("waiting for the hot store"));

      try (Relay relay = Relay.start(late, node, threads);
          Worker worker = starting.get(2, TimeUnit.MINUTES)) {
        assertThat(relay.server().isBound()).isTrue();
        assertThat(probe.get("/observe/health/ready").statusCode()).isEqualTo(200);
        try (KeepAliveClient client = new KeepAliveClient(worker.port())) {
          assertThat(client.post("{}").status()).isEqualTo(200);
        }
      }
    } finally {
      threads.shutdownNow();
      TestCassandra.drop(real);
    }
  }
}
