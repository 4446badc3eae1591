package io.flowcore.worker.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line: {@code up} for a worker on a folder of manifests, {@code serve} for one in a
 * cluster.
 */
@Command(
    name = "flowcore",
    mixinStandardHelpOptions = true,
    description = "Event ingestion from custom resources.",
    subcommands = {
      UpCommand.class,
      ServeCommand.class,
      FileCommand.class,
      ArchiveCommand.class,
      MigrateCommand.class,
      CassandraSchemaCommand.class
    })
public final class WorkerMain {
  private WorkerMain() {}

  /** Runs a command and exits with its code: 0 good, 1 failed, 2 wrong usage. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a command and gives its exit code. */
  static int run(String... arguments) {
    return new CommandLine(new WorkerMain()).execute(arguments);
  }
}
