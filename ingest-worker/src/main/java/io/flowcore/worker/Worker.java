package io.flowcore.worker;

import io.flowcore.catalog.Catalog;
import io.flowcore.worker.archive.ArchiveLoop;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.IngestAwareThrottle;
import io.flowcore.worker.archive.UncommittedSegments;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.ingest.file.UploadSpool;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.query.EventReader;
import io.flowcore.worker.store.ExpiryLoop;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** A running worker. This is the one place where its parts are put together. */
public final class Worker implements AutoCloseable {
  private static final Duration CATALOG_INTERVAL = Duration.ofSeconds(1);

  /** An eighth of the heap keeps frames of the archive. */
  private static final int FRAME_CACHE_PART_OF_HEAP = 8;

  private static final Duration DRAIN = Duration.ofSeconds(25);

  /** Disk for uploads that are not whole yet: four of the largest that are allowed by default. */
  private static final long SPOOL_BYTES = 4L << 30;

  /**
   * How a worker is set up.
   *
   * @param diskReserve bytes of the disk that stay free; if empty, a tenth, at most 2 GiB
   * @param archiveEvery from the end of one pass of the archiver to the begin of the next
   * @param cassandra where the hot store is; if empty, in the data folder
   */
  public record Settings(
      WorkerServer.Settings server,
      OptionalLong diskReserve,
      Duration archiveEvery,
      Optional<CassandraSettings> cassandra) {}

  private final LiveCatalog catalog;
  private final HotStore store;
  private final WorkerMetrics metrics;
  private final Readiness readiness;
  private final WorkerServer server;
  private final ExpiryLoop expiry;
  private final ArchiveLoop archive;
  private final ArchiveUsage usage;
  private final CatalogArchives archives;

  private Worker(
      LiveCatalog catalog,
      HotStore store,
      WorkerMetrics metrics,
      Readiness readiness,
      WorkerServer server,
      ExpiryLoop expiry,
      ArchiveLoop archive,
      ArchiveUsage usage,
      CatalogArchives archives) {
    this.catalog = catalog;
    this.store = store;
    this.metrics = metrics;
    this.readiness = readiness;
    this.server = server;
    this.expiry = expiry;
    this.archive = archive;
    this.usage = usage;
    this.archives = archives;
  }

  /**
   * Starts a worker.
   *
   * @param dataFolder holds the hot store
   * @throws StoreException with a message for people if the folder can't be used
   */
  public static Worker start(CatalogSource source, Path dataFolder, Settings settings, Clock clock)
      throws StoreException {
    WorkerMetrics metrics = new WorkerMetrics();
    HotStore store =
        HotStores.open(dataFolder.resolve("hot"), settings.cassandra(), clock, metrics);
    LiveCatalog catalog = new LiveCatalog(source, clock);
    try {
      Files.createDirectories(dataFolder);
      DiskBudget disk = DiskBudget.of(dataFolder, settings.diskReserve());
      metrics.gauge("flowcore.disk.free.bytes", "Bytes free on the disk", disk::free);
      metrics.gauge(
          "flowcore.disk.reserve.bytes",
          "Bytes that stay free; with no more than that no events are taken",
          disk::reserve);
      UploadSpool spool = new UploadSpool(dataFolder.resolve("spool"), SPOOL_BYTES, disk);
      metrics.gauge(
          "flowcore.upload.spool.bytes", "Disk in use by uploads in progress", spool::used);
      metrics.gauge(
          "flowcore.catalog.refusals",
          "Resources and files that were refused",
          () -> catalog.status().rejections().size());
      metrics.gauge(
          "flowcore.catalog.event.types",
          "Event types in force",
          () -> catalog.current().catalog().eventTypeCount());
      metrics.gauge(
          "flowcore.keys.next.expiry.seconds",
          "When the first key that is in use will end, in seconds since 1970; NaN if none will",
          () -> nextExpiry(catalog.current().catalog(), clock.instant()));
      long frameBytes = Runtime.getRuntime().maxMemory() / FRAME_CACHE_PART_OF_HEAP;
      CatalogArchives archives =
          new CatalogArchives(
              dataFolder.resolve("archive"),
              source::secret,
              new FrameCache(frameBytes, metrics.archive()),
              store);
      Archiver archiver =
          new Archiver(
              store,
              id -> archives.destination(catalog.current().eventType(id)),
              new UncommittedSegments(dataFolder.resolve("segments")),
              Archiver.Settings.DEFAULT,
              new IngestAwareThrottle(metrics::ingested),
              metrics.archive(),
              clock);
      MemoryBudget queries = new MemoryBudget("queries", settings.server().queryMemory());
      metrics.gauge("flowcore.query.memory.bytes", "Memory in use by queries", queries::used);
      Readiness readiness = new Readiness(catalog, store);
      RequestDeduplicator deduplicator = new RequestDeduplicator(store, clock);
      WorkerServer.Services services =
          new WorkerServer.Services(
              catalog,
              new Authenticator(clock),
              new Ingestion(store, deduplicator, clock),
              new FileIngestion(store, spool, deduplicator, clock),
              new EventReader(store, archives, queries),
              disk,
              readiness,
              metrics);
      WorkerServer server = WorkerServer.start(settings.server(), services);
      catalog.watch(CATALOG_INTERVAL);
      ExpiryLoop expiry = new ExpiryLoop(store, metrics::expired);
      ArchiveLoop archive = new ArchiveLoop(archiver, settings.archiveEvery());
      ArchiveUsage usage = new ArchiveUsage(catalog, archives);
      metrics.gauge(
          "flowcore.archive.bytes",
          "Bytes in the archives of all data cores, counted once an hour; NaN before",
          usage::bytes);
      return new Worker(
          catalog, store, metrics, readiness, server, expiry, archive, usage, archives);
    } catch (IOException e) {
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

  private static double nextExpiry(Catalog catalog, Instant now) {
    return catalog.keys().stream()
        .filter(key -> !key.suspended())
        .flatMap(key -> key.expiresAt().stream())
        .filter(now::isBefore)
        .mapToDouble(Instant::getEpochSecond)
        .min()
        .orElse(Double.NaN);
  }

  private static void release(LiveCatalog catalog, HotStore store, WorkerMetrics metrics) {
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
    usage.close();
    archives.close();
    expiry.close();
    release(catalog, store, metrics);
  }
}
