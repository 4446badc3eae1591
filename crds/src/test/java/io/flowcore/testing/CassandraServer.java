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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Cassandra node in a separate process, on its own loopback address. The jars come from the
 * module {@code e2e/cassandra}. Cassandra runs on Java 11 to 17 and does not start on later
 * versions.
 */
public final class CassandraServer implements AutoCloseable {
  /** The data centre of every node. */
  public static final String DATACENTER = "datacenter1";

  public static final int PORT = 9042;

  private static final Path LIB = Path.of("../e2e/cassandra/target/lib");
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

  /** Returns why Cassandra cannot be started here; empty if it can. */
  public static Optional<String> missing() {
    if (!Files.isDirectory(LIB)) {
      return Optional.of(
          "needs the jars of Cassandra; run ./mvnw -pl e2e/cassandra -am package to copy them");
    }
    return java().isEmpty()
        ? Optional.of(
            "needs Java 17 to run Cassandra; install it, for example openjdk-17-jre, or set CASSANDRA_JAVA_HOME")
        : Optional.empty();
  }

  /** Finds a Java 17 in CASSANDRA_JAVA_HOME or in the usual directory. */
  private static Optional<Path> java() {
    Optional<String> named = Optional.ofNullable(System.getenv("CASSANDRA_JAVA_HOME"));
    try (Stream<Path> installed =
        Files.isDirectory(Path.of("/usr/lib/jvm"))
            ? Files.list(Path.of("/usr/lib/jvm"))
            : Stream.of()) {
      return Stream.concat(
              named.stream().map(Path::of),
              installed.filter(home -> home.getFileName().toString().contains("17")).sorted())
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .findFirst();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts one node, without waiting for it. */
  public static CassandraServer start(Path directory) throws IOException, InterruptedException {
    return cluster(directory, 1).getFirst();
  }

  /**
   * Starts the nodes of one cluster. Waits only for the first node, which is the seed of the
   * others.
   */
  public static List<CassandraServer> cluster(Path directory, int nodes, String... settings)
      throws IOException, InterruptedException {
    // Each cluster gets its own network, so that tests can run in parallel on the same ports.
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
    return new CassandraServer(address, directory, command(directory, nodes));
  }

  private static List<String> command(Path directory, int nodes) throws IOException {
    Path lib = LIB.toRealPath();
    List<String> command = new ArrayList<>();
    command.add(java().orElseThrow().toString());
    command.add("-Xmx" + (nodes == 1 ? "768m" : "640m"));
    command.add("-XX:+UseSerialGC");
    // Tests start and kill nodes often, so a fast start matters more than a fast node.
    if (!Boolean.getBoolean("cassandra.optimized")) {
      command.add("-XX:TieredStopAtLevel=1");
    }
    command.add("-javaagent:" + only(lib, "jamm-"));
    command.addAll(opens());
    for (String property :
        List.of(
            "cassandra.config=file://" + directory.resolve("cassandra.yaml"),
            "cassandra.storagedir=" + directory,
            "cassandra.skip_wait_for_gossip_to_settle=0",
            "cassandra.ring_delay_ms=0",
            "cassandra.superuser_setup_delay_ms=0",
            "cassandra-foreground=true",
            "logback.configurationFile=" + directory.resolve("logback.xml"),
            "java.io.tmpdir=" + Files.createDirectories(directory.resolve("tmp")),
            "java.net.preferIPv4Stack=true")) {
      command.add("-D" + property);
    }
    command.addAll(List.of("-cp", lib + "/*", "org.apache.cassandra.service.CassandraDaemon"));
    return command;
  }

  /** Returns the options of the server's own {@code jvm17-server.options}. */
  private static List<String> opens() {
    List<String> options = new ArrayList<>();
    for (String name :
        List.of(
            "java.rmi/sun.rmi.registry",
            "java.rmi/sun.rmi.transport",
            "java.rmi/sun.rmi.transport.tcp",
            "java.base/jdk.internal.misc",
            "java.base/jdk.internal.ref",
            "java.base/jdk.internal.perf",
            "java.base/sun.nio.ch",
            "java.management.rmi/com.sun.jmx.remote.internal.rmi",
            "java.rmi/sun.rmi.server",
            "java.sql/java.sql")) {
      options.add("--add-exports=" + name + "=ALL-UNNAMED");
    }
    for (String name :
        List.of(
            "java.base/java.io",
            "java.base/java.lang",
            "java.base/java.lang.module",
            "java.base/java.lang.reflect",
            "java.base/java.net",
            "java.base/java.nio",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/jdk.internal.loader",
            "java.base/jdk.internal.math",
            "java.base/jdk.internal.misc",
            "java.base/jdk.internal.module",
            "java.base/jdk.internal.ref",
            "java.base/jdk.internal.reflect",
            "java.base/jdk.internal.util",
            "java.base/jdk.internal.util.jar",
            "java.base/jdk.internal.vm",
            "java.base/sun.nio.ch",
            "java.management/com.sun.jmx.mbeanserver",
            "jdk.management/com.sun.management.internal",
            "jdk.management.jfr/jdk.management.jfr",
            "jdk.compiler/com.sun.tools.javac.file")) {
      options.add("--add-opens=" + name + "=ALL-UNNAMED");
    }
    return options;
  }

  private static Path only(Path lib, String prefix) throws IOException {
    try (Stream<Path> jars = Files.list(lib)) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith(prefix))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Starts the process. After {@link #kill}, starts it again with the same data. */
  public void launch() throws IOException {
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
            .start();
  }

  /** Waits until the node accepts connections. */
  public CassandraServer awaitReady() throws IOException, InterruptedException {
    Instant end = Instant.now().plus(START_TIMEOUT);
    while (!listens()) {
      if (!process.isAlive() || Instant.now().isAfter(end)) {
        throw new IllegalStateException("Cassandra does not start:\n" + log());
      }
      process.waitFor(100, TimeUnit.MILLISECONDS);
    }
    return this;
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, PORT), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  public String address() {
    return address;
  }

  /** Returns the address as {@code host:port}. */
  public String contactPoint() {
    return address + ":" + PORT;
  }

  public long pid() {
    return process.pid();
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"), UTF_8);
  }

  /** Ends the process as {@code kill -9} does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Ends the process and deletes its data. */
  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
