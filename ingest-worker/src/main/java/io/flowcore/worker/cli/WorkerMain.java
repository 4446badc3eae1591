package io.flowcore.worker.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line: {@code up} runs a worker with a directory of manifests, {@code serve} runs one
 * in a cluster.
 */
@Command(
    name = "flowcore",
    mixinStandardHelpOptions = true,
    description = "Event ingestion, configured by custom resources.",
    subcommands = {
      UpCommand.class,
      ServeCommand.class,
      FileCommand.class,
      ArchiveCommand.class,
      MigrateCommand.class,
      StoreCommand.class,
      CassandraSchemaCommand.class
    })
public final class WorkerMain {
  private WorkerMain() {}

  /** Runs a command and exits with its code: 0 success, 1 failure, 2 invalid arguments. */
  public static void main(String[] arguments) {
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    System.exit(run(arguments));
  }

  /** Names of files and events stay readable where the locale is POSIX, as in most containers. */
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), true, StandardCharsets.UTF_8);
  }

  /** Runs a command and returns its exit code. */
  static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  /** Returns the command line with all commands. */
  static CommandLine commandLine() {
    return new CommandLine(new WorkerMain());
  }
}
