package io.flowcore.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.CassandraServer;
import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
@Requires(OptionalPart.NODE)
class PublishedClientsIT {
  private static CassandraServer cassandra;

  @TempDir private static Path directory;

  @BeforeAll
  static void install() throws Exception {
    run("npm", "ci", "--no-audit", "--no-fund");
  }

  @ParameterizedTest
  @MethodSource("files")
  void publishedClientWorksUnmodified(String file) throws Exception {
    run("node", "--test", "test/" + file);
  }

  @ParameterizedTest
  @MethodSource("filesOnCassandra")
  @Requires(OptionalPart.CASSANDRA)
  void publishedClientWorksUnmodifiedOnCassandra(String file) throws Exception {
    if (cassandra == null) {
      cassandra = CassandraServer.start(directory.resolve("cassandra")).awaitReady();
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
