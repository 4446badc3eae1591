package io.flowcore.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.catalog.Ids;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Copies an embedded hot store to Cassandra, under the same ids. What was copied and found there is
 * noted by hour, so that a second run goes on where the first was broken off.
 */
@Command(
    name = "migrate",
    mixinStandardHelpOptions = true,
    description = {
      "Copy the hot store of a worker that has ended to Cassandra, and read it back.",
      "Run it again if it was broken off: it goes on."
    })
final class MigrateCommand implements Callable<Integer> {
  private static final int PAGE = 500;
  private static final int SCOPE_LENGTH = 16;

  @Option(
      names = "--from",
      paramLabel = "DIR",
      required = true,
      description = "The worker's data folder, which holds the folder hot.")
  private Path from;

  @Mixin private StoreOptions store;

  private long copied;
  private long damaged;

  @Override
  public Integer call() {
    Path hot = from.resolve("hot");
    if (!Files.isDirectory(hot)) {
      return WorkerProcessRunner.fail(
          hot + " is no folder; name a worker's data folder with --from");
    }
    CassandraSettings settings = store.target();
    Clock clock = Clock.systemUTC();
    try (RocksExport source = RocksExport.open(hot, clock);
        CassandraImport target = CassandraImport.open(settings, clock)) {
      target.beginBehind(source.reservation());
      source.receipts(target::idempotencyRecord);
      source.marks(target::raiseGeneration);
      List<PendingHour> hours = source.hours();
      for (int i = 0; i < hours.size(); i++) {
        move(source, target, hours.get(i));
        System.err.printf("\r%d of %d hours, %d events", i + 1, hours.size(), copied);
      }
    } catch (StoreException e) {
      return WorkerProcessRunner.fail(e.getMessage() + "; run the same again to go on");
    }
    System.out.printf("%n%d events were copied and read back%n", copied);
    return damaged == 0
        ? 0
        : WorkerProcessRunner.fail(
            damaged + " damaged records could not be copied; they are named above");
  }

  private void move(RocksExport source, CassandraImport target, PendingHour hour)
      throws StoreException {
    byte[] scope = scope(hour);
    long events = look(source, hour);
    if (events > 0 && target.generation(scope, hour.bucket()) == events) {
      copied += events;
      return;
    }
    Optional<EventId> next = Optional.of(EventId.first(hour.bucket().firstTick()));
    while (next.isPresent()) {
      RocksExport.Page page = source.page(hour, next.get(), PAGE);
      next = page.next();
      if (!page.events().isEmpty()) {
        copy(target, hour, page.events());
      }
    }
    target.raiseGeneration(scope, hour.bucket(), events);
  }

  private void copy(CassandraImport target, PendingHour hour, List<MovedEvent> events)
      throws StoreException {
    target.put(events);
    List<EventId> missing = target.missing(hour, events);
    if (!missing.isEmpty()) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "%d events were written and not found again, the first of them %s"
              .formatted(missing.size(), missing.getFirst()));
    }
    copied += events.size();
  }

  /** Counts the events of an hour, and names those that can't be read. */
  private long look(RocksExport source, PendingHour hour) throws StoreException {
    long count = 0;
    Optional<EventId> next = Optional.of(EventId.first(hour.bucket().firstTick()));
    while (next.isPresent()) {
      RocksExport.Page page = source.page(hour, next.get(), PAGE);
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
    byte[] digest = Ids.digest("SHA-256", ("moved " + hour.eventType()).getBytes(UTF_8));
    return Arrays.copyOf(digest, SCOPE_LENGTH);
  }
}
