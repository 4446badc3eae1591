package io.flowcore.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The Cassandra jars and the Java version that run a {@link CassandraServer}. */
final class CassandraInstallation {
  private static final Path LIB = Path.of("../e2e/cassandra/target/lib");

  private CassandraInstallation() {}

  /** Returns why Cassandra cannot be started here; empty if it can. */
  static Optional<String> missing() {
    if (!Files.isDirectory(LIB)) {
      return Optional.of(
          "needs the jars of Cassandra; run ./mvnw -pl e2e/cassandra -am package to copy them");
    }
    return java().isEmpty()
        ? Optional.of(
            "needs Java 17 to run Cassandra; install it, for example openjdk-17-jre, or set CASSANDRA_JAVA_HOME")
        : Optional.empty();
  }

  /** Returns the java command of a Java that Cassandra supports; empty if none is installed. */
  private static Optional<Path> java() {
    Optional<String> configured = Optional.ofNullable(System.getenv("CASSANDRA_JAVA_HOME"));
    try (Stream<Path> installed =
        Files.isDirectory(Path.of("/usr/lib/jvm"))
            ? Files.list(Path.of("/usr/lib/jvm"))
            : Stream.of()) {
      return Stream.concat(
              configured.stream().map(Path::of),
              installed.filter(home -> home.getFileName().toString().contains("17")).sorted())
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .findFirst();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Returns the command that starts a node.
   *
   * @param directory of the node, with {@code cassandra.yaml} and {@code logback.xml}
   * @param nodes of the cluster; several nodes get less memory each
   */
  static List<String> command(Path directory, int nodes) throws IOException {
    Path lib = LIB.toRealPath();
    List<String> command = new ArrayList<>();
    command.add(java().orElseThrow().toString());
    command.add("-Xmx" + (nodes == 1 ? "768m" : "640m"));
    command.add("-XX:+UseSerialGC");
    // Tests restart nodes often, so a short start matters more than throughput.
    if (!Boolean.getBoolean("cassandra.optimized")) {
      command.add("-XX:TieredStopAtLevel=1");
    }
    command.add("-javaagent:" + findJar(lib, "jamm-"));
    command.addAll(moduleOptions());
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

  /** Returns the module options of Cassandra's {@code jvm17-server.options}. */
  private static List<String> moduleOptions() {
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

  private static Path findJar(Path lib, String prefix) throws IOException {
    try (Stream<Path> jars = Files.list(lib)) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith(prefix))
          .findFirst()
          .orElseThrow();
    }
  }
}
