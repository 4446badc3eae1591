package io.flowcore.worker;

import io.flowcore.catalog.Catalog.ArchiveKind;
import io.flowcore.worker.archive.ArchiveException;
import io.flowcore.worker.archive.ArchiveLoop;
import io.flowcore.worker.archive.ArchivedType;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.directory.DirectoryArchiveStore;
import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.ingest.FileIngestion;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.Retries;
import io.flowcore.worker.ingest.SpoolFolder;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.query.ArchivedTypes;
import io.flowcore.worker.query.EventReader;
import io.flowcore.worker.store.ExpiryLoop;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** A running worker. This is the one place where its parts are put together. */
public final class Worker implements AutoCloseable {
  private static final Duration CATALOG_INTERVAL = Duration.ofSeconds(1);
  private static final Duration ARCHIVE_INTERVAL = Duration.ofSeconds(60);
  private static final Duration DRAIN = Duration.ofSeconds(25);

  /** Disk for uploads that are not whole yet: four of the largest that are allowed by default. */
  private static final long SPOOL_BYTES = 4L << 30;

  private final LiveCatalog catalog;
  private final RocksHotStore store;
  private final WorkerMetrics metrics;
  private final Readiness readiness;
  private final WorkerServer server;
  private final ExpiryLoop expiry;
  private final ArchiveLoop archive;

  private Worker(
      LiveCatalog catalog,
      RocksHotStore store,
      WorkerMetrics metrics,
      Readiness readiness,
      WorkerServer server,
      ExpiryLoop expiry,
      ArchiveLoop archive) {
    this.catalog = catalog;
    this.store = store;
    this.metrics = metrics;
    this.readiness = readiness;
    this.server = server;
    this.expiry = expiry;
    this.archive = archive;
  }

  /**
   * Starts a worker.
   *
   * @param dataFolder holds the hot store
   * @throws StoreException with a message for people if the folder can't be used
   */
  public static Worker start(
      CatalogSource source, Path dataFolder, WorkerServer.Settings settings, Clock clock)
      throws StoreException {
    WorkerMetrics metrics = new WorkerMetrics();
    RocksHotStore store =
        RocksHotStore.open(
            dataFolder.resolve("hot"), clock, metrics::committed, RocksHotStore.Settings.DEFAULT);
    LiveCatalog catalog = new LiveCatalog(source, clock);
    try {
      SpoolFolder spool = new SpoolFolder(dataFolder.resolve("spool"), SPOOL_BYTES);
      metrics.gauge(
          "flowcore.upload.spool.bytes", "Disk in use by uploads in progress", spool::used);
      metrics.gauge(
          "flowcore.store.queued.bytes", "Bytes that wait to be written", store::queuedBytes);
      metrics.gauge(
          "flowcore.catalog.refusals",
          "Resources and files that were refused",
          () -> catalog.status().refusals().size());
      metrics.gauge(
          "flowcore.catalog.event.types",
          "Event types in force",
          () -> catalog.current().catalog().eventTypeCount());
      ColdArchive cold = new ColdArchive(new DirectoryArchiveStore(dataFolder.resolve("archive")));
      Archiver archiver =
          new Archiver(
              store,
              cold,
              id -> archivedType(catalog, id),
              Archiver.Settings.in(emptied(dataFolder.resolve("segments"))),
              clock);
      MemoryBudget queries = new MemoryBudget("queries", settings.queryMemory());
      metrics.gauge("flowcore.query.memory.bytes", "Memory in use by queries", queries::used);
      Readiness readiness = new Readiness(catalog, store);
      Retries retries = new Retries(store, clock);
      WorkerServer.Services services =
          new WorkerServer.Services(
              catalog,
              new Authenticator(clock),
              new Ingestion(store, retries, clock),
              new FileIngestion(store, spool, retries, clock),
              new EventReader(store, Optional.of(cold), queries),
              readiness,
              metrics);
      WorkerServer server = WorkerServer.start(settings, services);
      catalog.watch(CATALOG_INTERVAL);
      ExpiryLoop expiry = new ExpiryLoop(store, metrics::expired);
      ArchiveLoop archive = new ArchiveLoop(archiver, ARCHIVE_INTERVAL, metrics::archived);
      return new Worker(catalog, store, metrics, readiness, server, expiry, archive);
    } catch (IOException | ArchiveException e) {
      release(catalog, store, metrics);
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the data folder " + dataFolder + " can't be used: " + e.getMessage(),
          e);
    } catch (RuntimeException e) {
      release(catalog, store, metrics);
      throw e;
    }
  }

  /**
   * Only what a data core wants in a folder: a bucket is not served yet, and no folder replaces it.
   */
  private static Optional<ArchivedType> archivedType(LiveCatalog catalog, UUID eventType) {
    return catalog
        .current()
        .eventType(eventType)
        .filter(route -> route.dataCore().archive() == ArchiveKind.directory)
        .map(ArchivedTypes::of);
  }

  /** What a process that ended left behind is written again. */
  private static Path emptied(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder)) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
    return folder;
  }

  private static void release(LiveCatalog catalog, RocksHotStore store, WorkerMetrics metrics) {
    catalog.close();
    store.close();
    metrics.close();
  }

  /** The catalog in force. */
  public LiveCatalog catalog() {
    return catalog;
  }

  /** The listeners. */
  public WorkerServer server() {
    return server;
  }

  /** Lets requests under way end, then stops. */
  @Override
  public void close() {
    readiness.drain();
    server.drain(DRAIN);
    server.close();
    archive.close();
    expiry.close();
    release(catalog, store, metrics);
  }
}
