package io.flowcore.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A node of a real Cassandra, in a separate process on an address of the loopback network. Its jars
 * come from the module {@code e2e/cassandra}. Cassandra supports Java 11 to 17 only.
 */
public final class CassandraServer implements AutoCloseable {
  /** The data center of every node. */
  public static final String DATACENTER = "datacenter1";

  /** The port of the CQL protocol. */
  public static final int PORT = 9042;

  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

  private final String address;
  private final Path directory;
  private final List<String> command;
  private Process process;

  private CassandraServer(String address, Path directory, List<String> command) {
    this.address = address;
    this.directory = directory;
    this.command = command;
  }

  /** Returns why no node can be started on this machine; empty if one can be. */
  public static Optional<String> missing() {
    return CassandraInstallation.missing();
  }

  /** Starts one node without waiting until it is ready. */
  public static CassandraServer start(Path directory) throws IOException, InterruptedException {
    return cluster(directory, 1).getFirst();
  }

  /** Starts the nodes of one cluster. Waits only for the first, which is the seed of the others. */
  public static List<CassandraServer> cluster(Path directory, int nodes, String... settings)
      throws IOException, InterruptedException {
    // Each cluster has its own network, so tests that run in parallel can use the same ports.
    int network = FreePorts.next();
    String prefix = "127." + (1 + network / 250) + "." + (1 + network % 250) + ".";
    List<CassandraServer> servers = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      CassandraServer server =
          node(directory.resolve("node" + (i + 1)), prefix, i, nodes, List.of(settings));
      servers.add(server);
      server.launch();
      if (i == 0 && nodes > 1) {
        server.awaitReady();
      }
    }
    return servers;
  }

  private static CassandraServer node(
      Path directory, String prefix, int index, int nodes, List<String> settings)
      throws IOException {
    Files.createDirectories(directory);
    String address = prefix + (index + 1);
    BigInteger token =
        BigInteger.TWO
            .pow(64)
            .multiply(BigInteger.valueOf(index))
            .divide(BigInteger.valueOf(nodes))
            .subtract(BigInteger.TWO.pow(63));
    Files.writeString(
        directory.resolve("cassandra.yaml"),
        """
        cluster_name: test
        partitioner: org.apache.cassandra.dht.Murmur3Partitioner
        num_tokens: 1
        initial_token: %s
        auto_bootstrap: false
        data_file_directories: [%s/data]
        commitlog_directory: %s/commitlog
        saved_caches_directory: %s/caches
        hints_directory: %s/hints
        cdc_raw_directory: %s/cdc
        commitlog_sync: periodic
        commitlog_sync_period: 10000ms
        commitlog_disk_access_mode: legacy
        seed_provider:
          - class_name: org.apache.cassandra.locator.SimpleSeedProvider
            parameters: [{seeds: "%s1"}]
        listen_address: %s
        rpc_address: %s
        start_native_transport: true
        native_transport_port: %d
        endpoint_snitch: SimpleSnitch
        memtable_heap_space: 96MiB
        memtable_offheap_space: 64MiB
        file_cache_size: 64MiB
        key_cache_size: 4MiB
        counter_cache_size: 0MiB
        write_request_timeout: 2000ms
        read_request_timeout: 2000ms
        """
                .formatted(
                    token, directory, directory, directory, directory, directory, prefix, address,
                    address, PORT)
            + String.join("\n", settings)
            + "\n");
    Files.writeString(
        directory.resolve("logback.xml"),
        """
        <configuration>
          <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>%d %-5level %logger{0} %msg%n</pattern></encoder>
          </appender>
          <root level="INFO"><appender-ref ref="out"/></root>
        </configuration>
        """);
    return new CassandraServer(address, directory, CassandraInstallation.command(directory, nodes));
  }

  /** Starts the process; after {@link #kill}, restarts it on the same data. */
  public void launch() throws IOException {
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
            .start();
  }

  /** Waits until the node accepts client connections. */
  public CassandraServer awaitReady() throws IOException, InterruptedException {
    Instant end = Instant.now().plus(START_TIMEOUT);
    while (!isListening()) {
      if (!process.isAlive() || Instant.now().isAfter(end)) {
        throw new IllegalStateException("Cassandra did not start:\n" + log());
      }
      process.waitFor(100, TimeUnit.MILLISECONDS);
    }
    return this;
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, PORT), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Returns the IP address of the node. */
  public String address() {
    return address;
  }

  /** Returns the address as {@code host:port}. */
  public String contactPoint() {
    return address + ":" + PORT;
  }

  /** Returns the process id. */
  public long pid() {
    return process.pid();
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"), UTF_8);
  }

  /** Kills the process, as {@code kill -9} does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Kills the process and deletes its data. */
  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    TestDirectories.delete(directory);
  }
}
