package io.flowcore.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs Node's own tests in this folder, each file as one test here. Needs Node 20 or newer with
 * npm; skipped elsewhere.
 */
class PublishedClientsIT {
  private static final int NODE = 20;
  private static final String SKIPPED =
      "skipped: the published clients need Node " + NODE + " or newer with npm, which is missing";

  private static int installed;

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
  void aPublishedClientWorksUnmodified(String file) throws Exception {
    assumeTrue(installed >= NODE, SKIPPED);
    run("node", "--test", "test/" + file);
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
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
