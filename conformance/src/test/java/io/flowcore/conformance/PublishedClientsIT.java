package io.flowcore.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs Node's own tests in this folder, each file as one test here. Needs Node 20 or newer with
 * npm; skipped elsewhere.
 */
class PublishedClientsIT {
  private static final int NODE = 20;

  @TestFactory
  List<DynamicTest> thePublishedClientsWorkUnmodified() throws Exception {
    assumeTrue(
        nodeVersion() >= NODE, "skipped: Node " + NODE + " or newer with npm is not installed");
    run("npm", "ci", "--no-audit", "--no-fund");
    return Stream.of("sdk", "transformer-core").map(PublishedClientsIT::suite).toList();
  }

  private static DynamicTest suite(String name) {
    return DynamicTest.dynamicTest(name, () -> run("node", "--test", "test/" + name + ".test.js"));
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
