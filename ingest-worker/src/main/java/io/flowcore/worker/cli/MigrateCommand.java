package io.flowcore.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.catalog.Sha256;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.MovedEvent;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.CassandraImport;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.rocksdb.RocksExport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Copies an embedded hot store to Cassandra, with the same event ids. Hours that were copied and
 * verified are recorded in the target, so that another run continues where the last one stopped.
 */
@Command(
    name = "migrate",
    mixinStandardHelpOptions = true,
    description = {
      "Copy the hot store of a stopped worker to Cassandra, and read it back.",
      "If it is interrupted, run it again: it continues where it stopped."
    })
final class MigrateCommand implements Callable<Integer> {
  private static final int PAGE_SIZE = 500;
  private static final int SCOPE_LENGTH = 16;

  @Option(
      names = "--from",
      paramLabel = "DIR",
      required = true,
      description = "Data directory of the worker; it contains the directory hot.")
  private Path from;

  @Mixin private StoreOptions store;

  private long copied;
  private long damaged;

  @Override
  public Integer call() {
    Path hot = from.resolve("hot");
    if (!Files.isDirectory(hot)) {
      return WorkerProcessRunner.fail(
          hot + " is not a directory; set --from to the data directory of a worker");
    }
    CassandraSettings settings = store.cluster();
    Clock clock = Clock.systemUTC();
    try (RocksExport source = RocksExport.open(hot, clock);
        CassandraImport target = CassandraImport.open(settings, clock)) {
      target.continueAfter(source.reservation());
      source.idempotencyRecords(target::putIdempotencyRecord);
      source.manifestGenerations(target::raiseGeneration);
      List<PendingHour> hours = source.hours();
      for (int i = 0; i < hours.size(); i++) {
        copyHour(source, target, hours.get(i));
        System.err.printf(Locale.ROOT, "\r%d of %d hours, %d events", i + 1, hours.size(), copied);
      }
    } catch (StoreException e) {
      return WorkerProcessRunner.fail(e.getMessage() + "; run the same command again to continue");
    }
    System.out.printf(Locale.ROOT, "%nCopied %d events and read them back%n", copied);
    return damaged == 0
        ? 0
        : WorkerProcessRunner.fail(
            damaged + " damaged records could not be copied; their event ids are listed above");
  }

  private void copyHour(RocksExport source, CassandraImport target, PendingHour hour)
      throws StoreException {
    byte[] scope = scope(hour);
    long events = countEvents(source, hour);
    if (events > 0 && target.generation(scope, hour.bucket()) == events) {
      copied += events;
      return;
    }
    Optional<EventId> next = Optional.of(EventId.first(hour.bucket().firstTick()));
    while (next.isPresent()) {
      RocksExport.Page page = source.page(hour, next.get(), PAGE_SIZE);
      next = page.next();
      if (!page.events().isEmpty()) {
        copyPage(target, hour, page.events());
      }
    }
    target.raiseGeneration(scope, hour.bucket(), events);
  }

  private void copyPage(CassandraImport target, PendingHour hour, List<MovedEvent> events)
      throws StoreException {
    target.put(events);
    List<EventId> missing = target.missing(hour, events);
    if (!missing.isEmpty()) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          String.format(
              Locale.ROOT,
              "%d events were written but could not be read back, the first of them is %s",
              missing.size(),
              missing.getFirst()));
    }
    copied += events.size();
  }

  /** Counts the events of an hour and prints the ids of those that cannot be read. */
  private long countEvents(RocksExport source, PendingHour hour) throws StoreException {
    long count = 0;
    Optional<EventId> next = Optional.of(EventId.first(hour.bucket().firstTick()));
    while (next.isPresent()) {
      RocksExport.Page page = source.page(hour, next.get(), PAGE_SIZE);
      count += page.events().size();
      next = page.next();
      for (EventId id : page.damaged()) {
        damaged++;
        System.err.println("\nthe stored record of event " + id + " is damaged");
      }
    }
    return count;
  }

  private static byte[] scope(PendingHour hour) {
    byte[] digest = Sha256.digest(("moved " + hour.eventType()).getBytes(UTF_8));
    return Arrays.copyOf(digest, SCOPE_LENGTH);
  }
}
