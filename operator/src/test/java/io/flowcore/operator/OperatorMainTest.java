package io.flowcore.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class OperatorMainTest {
  private static String environment(String variable, String fallback) {
    return Optional.ofNullable(System.getenv(variable)).orElse(fallback);
  }

  @Test
  void theOperatorHasTheseOptionsAndDefaults() {
    CommandLine command = new CommandLine(new OperatorMain());

    command.parseArgs();

    Map<String, String> actual = new HashMap<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      Object value = option.getValue();
      actual.put(String.join(" ", option.names()), value == null ? "none" : value.toString());
    }
    Map<String, String> expected =
        Map.of(
            "--namespaces", "[" + environment("FLOWCORE_NAMESPACES", "") + "]",
            "--namespace", environment("FLOWCORE_NAMESPACE", "flowcore-system"),
            "--worker-image", environment("FLOWCORE_WORKER_IMAGE", "flowcore/ingest-worker:latest"),
            "--management-port", "8081",
            "--no-leader-election", "false",
            "-h --help", "false",
            "-V --version", "false");
    assertThat(actual).isEqualTo(expected);
    assertThat(command.getCommandSpec().subcommands()).isEmpty();
  }
}
