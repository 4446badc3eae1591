package io.flowcore.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.FreePorts;
import io.flowcore.testing.ServerExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A worker with a copy of the quickstart, started with the launcher, and the pages of the
 * documentation that describe it.
 */
final class LaunchedWorker implements ServerExtension {
  static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern BLOCK = Pattern.compile("```(\\w*)\n(.*?)```", Pattern.DOTALL);

  private final String port = String.valueOf(FreePorts.next());
  private final String managementPort = String.valueOf(FreePorts.next());
  private Optional<Path> resources = Optional.empty();
  private Optional<Process> process = Optional.empty();

  @Override
  public void start(Path directory) throws IOException {
    Path manifests = Files.createDirectory(directory.resolve("resources"));
    resources = Optional.of(manifests);
    for (String file : List.of("shop.yaml", "key.yaml")) {
      Files.copy(HOME.resolve("examples/quickstart").resolve(file), manifests.resolve(file));
    }
    ProcessBuilder launcher =
        new ProcessBuilder(
            HOME.resolve("flowcore").toString(),
            "up",
            "--resources",
            manifests.toString(),
            "--data",
            directory.resolve("data").toString(),
            "--port",
            port,
            "--management-port",
            managementPort);
    launcher.environment().put("FLOWCORE_SKIP_BUILD", "1");
    Path log = directory.resolve("log");
    Process started = launcher.redirectError(log.toFile()).start();
    process = Optional.of(started);
    BufferedReader output = started.inputReader(UTF_8);
    String line = output.readLine();
    while (line != null && !line.startsWith("Stop with")) {
      line = output.readLine();
    }
    assertThat(line).as(() -> "the worker's log: " + read(log)).isNotNull();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Returns the directory of manifests that the worker loads. */
  Path resources() {
    return resources.orElseThrow();
  }

  /** A fenced code block of a page. */
  record Block(String language, String text) {}

  /** Returns the code blocks of a page, with the default ports replaced by this worker's ports. */
  List<Block> blocks(String page) throws IOException {
    Stream<MatchResult> found = BLOCK.matcher(Files.readString(HOME.resolve(page))).results();
    return found
        .map(block ->
            new Block(
                block.group(1),
                block.group(2).replace(":8080", ":" + port).replace(":8081", ":" + managementPort)))
        .toList();
  }

  /** Runs a script in the project directory and returns its output. */
  static String shell(String script) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-ec", script).directory(HOME.toFile()).redirectErrorStream(true);
    builder.environment().put("FLOWCORE_SKIP_BUILD", "1");
    Process shell = builder.start();
    String output = new String(shell.getInputStream().readAllBytes(), UTF_8);
    assertThat(shell.waitFor()).as(output).isZero();
    return output;
  }

  @Override
  public void stop() throws InterruptedException {
    if (process.isPresent()) {
      process.get().destroy();
      process.get().waitFor();
    }
  }
}
