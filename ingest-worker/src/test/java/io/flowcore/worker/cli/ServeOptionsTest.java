package io.flowcore.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.http.DrainSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class ServeOptionsTest {
  @Command
  static final class AnyCommand {
    @Mixin private ServeOptions options;
  }

  private static int maxConnections(String... arguments) {
    AnyCommand command = new AnyCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.options.worker("127.0.0.1", DrainSettings.SINGLE).server().maxConnections();
  }

  @ParameterizedTest
  @CsvSource({"16, 256", "32, 256", "96, 768", "410, 3280", "1250, 10000", "65536, 10000"})
  void aHeapInMebibytesDeterminesHowManyConnectionsAreOpenByDefault(long heap, int connections) {
    assertThat(ServeOptions.defaultConnections(heap << 20)).isEqualTo(connections);
  }

  @Test
  void theHeapOfThisProcessIsUsedUnlessANumberIsSet() {
    assertThat(maxConnections())
        .isEqualTo(ServeOptions.defaultConnections(Runtime.getRuntime().maxMemory()));
    assertThat(maxConnections("--max-connections", "7")).isEqualTo(7);
    assertThat(maxConnections("--max-connections", "50000")).isEqualTo(50_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "0", "1", "1000001"})
  void aNumberOfConnectionsOutsideTheRangeIsRejected(String number) {
    assertThatThrownBy(() -> maxConnections("--max-connections", number))
        .isInstanceOf(ParameterException.class)
        .hasMessage("--max-connections is " + number + "; it must be from 2 to 1000000");
  }
}
