package io.flowcore.worker.cli;

import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.StoreRecovery;
import io.flowcore.worker.store.rocksdb.StoreRecovery.Recovered;
import io.flowcore.worker.store.rocksdb.StoreRecovery.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Recovers the embedded hot store of a stopped worker. */
@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    description = "Inspect and recover the embedded hot store of a stopped worker.")
final class StoreCommand {
  /** Inspects a store, and recovers it if the loss is accepted. */
  @Command(
      name = "recover",
      mixinStandardHelpOptions = true,
      description = {
        "Show what is damaged in a hot store and which acknowledged events are missing.",
        "With --accept-loss, replace it by a store with everything that can be read; the damaged files are kept.",
        "Exit code 0: not damaged, or recovered; 1: damaged."
      })
  int recover(
      @Option(
              names = "--data",
              paramLabel = "DIR",
              required = true,
              description = "Data directory of the worker; it contains the directory hot.")
          Path data,
      @Option(
              names = "--accept-loss",
              description = "Recover what can be read. Without this option, nothing is changed.")
          boolean acceptLoss) {
    Path hot = data.resolve("hot");
    if (!Files.isDirectory(hot)) {
      return WorkerProcessRunner.fail(
          hot + " is not a directory; set --data to the data directory of a worker");
    }
    try (StoreRecovery recovery = StoreRecovery.of(hot)) {
      Report report = recovery.inspect();
      print(report);
      if (report.opens()) {
        System.out.println("A worker opens this store. Nothing to recover");
        return 0;
      }
      if (!acceptLoss) {
        System.out.println(
            "Nothing was changed. To recover everything that can be read, run the command again with --accept-loss");
        return 1;
      }
      print(recovery.recover(Clock.systemUTC()));
      return 0;
    } catch (StoreException | IOException e) {
      return WorkerProcessRunner.fail(e.getMessage());
    }
  }

  private static void print(Report report) {
    report.damage().forEach(line -> System.out.println("Damaged: " + line));
    report
        .lost()
        .forEach(line -> System.out.println("Acknowledged, but damaged or missing: " + line));
  }

  private static void print(Recovered recovered) {
    System.out.printf(
        Locale.ROOT,
        "Recovered a store with %,d events. The damaged files are in %s; delete them when you no longer need them%n",
        recovered.events(),
        recovered.damaged());
    recovered
        .unreadable()
        .ifPresent(reason -> System.out.println("Not all of its events can be read: " + reason));
  }
}
