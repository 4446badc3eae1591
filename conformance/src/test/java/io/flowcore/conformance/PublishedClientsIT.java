package io.flowcore.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flowcore.testing.CassandraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the Node tests of this module, one test per file, with an embedded hot store and with a hot
 * store on a real Cassandra. Requires Node 20 or newer with npm; skipped otherwise.
 */
class PublishedClientsIT {
  private static final int NODE = 20;
  private static final String SKIPPED =
      "skipped: the published clients need Node " + NODE + " or newer with npm; install it";

  private static int installed;
  private static CassandraServer cassandra;

  @TempDir private static Path folder;

  @BeforeAll
  static void install() throws Exception {
    installed = nodeVersion();
    if (installed >= NODE) {
      run("npm", "ci", "--no-audit", "--no-fund");
    } else {
      System.out.println(SKIPPED);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void publishedClientWorksUnmodified(String file) throws Exception {
    assumeTrue(installed >= NODE, SKIPPED);
    run("node", "--test", "test/" + file);
  }

  @ParameterizedTest
  @MethodSource("filesOnCassandra")
  void publishedClientWorksUnmodifiedOnCassandra(String file) throws Exception {
    assumeTrue(installed >= NODE, SKIPPED);
    Optional<String> missing = CassandraServer.missing();
    missing.ifPresent(System.out::println);
    assumeTrue(missing.isEmpty(), () -> missing.orElseThrow());
    if (cassandra == null) {
      cassandra = CassandraServer.start(folder.resolve("cassandra")).awaitReady();
    }
    run(Map.of("FLOWCORE_CASSANDRA", cassandra.contactPoint()), "node", "--test", "test/" + file);
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    if (cassandra != null) {
      cassandra.close();
    }
  }

  /** Excludes the archive test: on Cassandra, events are archived up to an hour later. */
  static List<String> filesOnCassandra() throws IOException {
    return files().stream().filter(file -> !file.equals("hot-cold.test.js")).toList();
  }

  static List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("test"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".test.js"))
          .sorted()
          .toList();
    }
  }

  private static int nodeVersion() throws InterruptedException {
    try {
      Process node = new ProcessBuilder("node", "--version").start();
      String version = new String(node.getInputStream().readAllBytes(), UTF_8).strip();
      boolean npm = new ProcessBuilder("npm", "--version").start().waitFor() == 0;
      return node.waitFor() == 0 && npm
          ? Integer.parseInt(version.substring(1, version.indexOf('.')))
          : 0;
    } catch (IOException notInstalled) {
      return 0;
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    run(Map.of(), command);
  }

  private static void run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
