package io.flowcore.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/**
 * Every command with all of its options and their defaults. An option that is added, removed or
 * gets another default fails here, so that the change is deliberate and documented.
 */
class OptionsTest {
  private static final Map<String, String> HELP = options("-h --help=false", "-V --version=false");

  private static final Map<String, String> STORE =
      options(
          "--store=embedded",
          "--cassandra-contact-points=[]",
          "--cassandra-datacenter",
          "--cassandra-keyspace",
          "--cassandra-replication",
          "--cassandra-credentials",
          "--cassandra-tls=false",
          "--cassandra-ca",
          "--cassandra-certificate",
          "--cassandra-archive-margin=72",
          "--cassandra-max-clock-skew=10");

  private static final Map<String, String> SERVE =
      options(
          "--data=.flowcore",
          "--port=8080",
          "--management-port=8081",
          "--disk-reserve",
          "--archive-every=60",
          "--max-connections");

  private static final Map<String, String> ARCHIVE =
      options(
          "--archive=.flowcore/archive", "--s3", "--endpoint", "--region", "--path-style=false");

  /** Options as {@code --name=default}, or {@code --name} without a default. */
  private static Map<String, String> options(String... options) {
    Map<String, String> defaults = new HashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      defaults.put(
          equals < 0 ? option : option.substring(0, equals),
          equals < 0 ? "none" : option.substring(equals + 1));
    }
    return defaults;
  }

  @SafeVarargs
  private static Map<String, String> all(Map<String, String>... groups) {
    Map<String, String> all = new HashMap<>();
    for (Map<String, String> group : groups) {
      all.putAll(group);
    }
    return all;
  }

  private static CommandSpec command(String... path) {
    CommandLine command = WorkerMain.commandLine();
    for (String name : path) {
      command = command.getSubcommands().get(name);
    }
    return command.getCommandSpec();
  }

  /** Parses a command with its required options only, and compares the values of all options. */
  private static void assertOptions(Map<String, String> expected, String... path) {
    CommandSpec spec = command(path);
    List<String> arguments = new ArrayList<>(List.of(path));
    spec.options().stream()
        .filter(OptionSpec::required)
        .forEach(option -> arguments.add(option.longestName() + "=required"));
    spec.positionalParameters().stream()
        .filter(PositionalParamSpec::required)
        .forEach(parameter -> arguments.add("required"));

    spec.root().commandLine().parseArgs(arguments.toArray(String[]::new));

    Map<String, String> actual = new HashMap<>();
    for (OptionSpec option : spec.options()) {
      Object value = option.getValue();
      actual.put(String.join(" ", option.names()), value == null ? "none" : value.toString());
    }
    assertThat(actual).isEqualTo(all(HELP, expected));
  }

  @Test
  void theCommandLineHasTheseCommands() {
    assertOptions(Map.of());
    assertThat(command().subcommands().keySet())
        .containsExactlyInAnyOrder(
            "up", "serve", "file", "archive", "migrate", "store", "cassandra-schema");
    assertThat(command("archive").subcommands().keySet())
        .containsExactlyInAnyOrder("ls", "cat", "verify");
    assertThat(command("file").subcommands().keySet()).containsExactly("get");
    assertThat(command("store").subcommands().keySet()).containsExactly("recover");
  }

  @Test
  void upHasTheseOptionsAndDefaults() {
    String home = Optional.ofNullable(System.getenv("FLOWCORE_HOME")).orElse(".");
    assertOptions(all(SERVE, STORE, options("--resources=" + home + "/examples/quickstart")), "up");
  }

  @Test
  void serveHasTheseOptionsAndDefaults() {
    assertOptions(
        all(
            SERVE,
            STORE,
            options("--catalog=required", "--keys=required", "--secrets", "--host=0.0.0.0")),
        "serve");
  }

  @Test
  void migrateHasTheseOptionsAndDefaults() {
    assertOptions(all(STORE, options("--from=required")), "migrate");
  }

  @Test
  void storeAndItsCommandHaveTheseOptionsAndDefaults() {
    assertOptions(Map.of(), "store");
    assertOptions(options("--data=required", "--accept-loss=false"), "store", "recover");
  }

  @Test
  void cassandraSchemaHasTheseOptionsAndDefaults() {
    assertOptions(STORE, "cassandra-schema");
  }

  @Test
  void archiveAndItsCommandsHaveTheseOptionsAndDefaults() {
    assertOptions(ARCHIVE, "archive");
    assertOptions(ARCHIVE, "archive", "ls");
    assertOptions(ARCHIVE, "archive", "cat");
    assertOptions(ARCHIVE, "archive", "verify");
  }

  @Test
  void fileAndItsCommandHaveTheseOptionsAndDefaults() {
    assertOptions(Map.of(), "file");
    assertOptions(
        options(
            "--url=required",
            "--key=required",
            "--file-id=required",
            "--sha256",
            "-o --output=required"),
        "file",
        "get");
  }

  @Test
  void theHelpTextListsTheKindsOfHotStores() {
    assertThat(command("up").commandLine().getUsageMessage())
        .containsIgnoringWhitespaces("Hot store: embedded, cassandra (default: embedded, RocksDB");
  }

  @Test
  void aChecksumThatIsNotHexadecimalIsRejected() {
    StringWriter errors = new StringWriter();
    CommandLine command = WorkerMain.commandLine().setErr(new PrintWriter(errors));
    String url = "http://localhost/file/a/b/c/d";

    int code =
        command.execute(
            "file", "get", "--url", url, "--key=k", "--file-id=f", "-o=f", "--sha256=abc");

    assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString()).contains("--sha256 is 'abc'; it must be 64 hexadecimal digits");
  }

  @ParameterizedTest
  @EnumSource(StoreOptions.Kind.class)
  void everyKindOfHotStoreIsReadByItsName(StoreOptions.Kind kind) {
    CommandSpec spec = command("up");
    spec.root().commandLine().parseArgs("up", "--store", kind.toString());

    assertThat(spec.findOption("--store").<StoreOptions.Kind>getValue()).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"EMBEDDED", "Cassandra", "redis", ""})
  void anUnknownKindOfHotStoreIsRejectedWithTheKindsThatExist(String kind) {
    assertThatThrownBy(() -> WorkerMain.commandLine().parseArgs("up", "--store", kind))
        .isInstanceOf(ParameterException.class)
        .hasMessageContainingAll(
            "'--store'", "'" + kind + "' is not a hot store; use one of [embedded, cassandra]");
  }
}
