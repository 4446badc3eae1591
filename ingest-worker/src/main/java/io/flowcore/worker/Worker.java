package io.flowcore.worker;

import io.flowcore.worker.archive.ArchiveLoop;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.IngestAwareThrottle;
import io.flowcore.worker.archive.UncommittedSegments;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.http.DrainReport;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.ManagementServer;
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
import java.util.Optional;
import java.util.OptionalLong;

/** A running worker. Its components are created and connected only here. */
public final class Worker implements AutoCloseable {
  private static final Duration CATALOG_INTERVAL = Duration.ofSeconds(1);

  /** An eighth of the heap caches frames of the archive. */
  private static final int FRAME_CACHE_HEAP_DIVISOR = 8;

  /** Disk space for incomplete uploads: four of the largest that are allowed by default. */
  private static final long SPOOL_BYTES = 4L << 30;

  /**
   * How a worker is configured.
   *
   * @param diskReserve bytes of the disk that stay free; if empty, a tenth, at most 2 GiB
   * @param archiveInterval from the end of one archive pass to the start of the next
   * @param cassandra where the hot store is; if empty, it is in the data directory
   * @param drain how long clients are served after {@link #drain} is called
   */
  public record Settings(
      WorkerServer.Settings server,
      OptionalLong diskReserve,
      Duration archiveInterval,
      Optional<CassandraSettings> cassandra,
      DrainSettings drain) {}

  /** The components that all others are built on. */
  private record Core(
      Path dataDirectory,
      Settings settings,
      Clock clock,
      WorkerMetrics metrics,
      HotStore store,
      LiveCatalog catalog,
      ArchiveRegistry archives) {}

  private final Core core;
  private final ManagementServer management;
  private final Readiness readiness;
  private final WorkerServer server;
  private final CloserStack parts;
  private Optional<DrainReport> drained = Optional.empty();

  private Worker(
      Core core,
      ManagementServer management,
      Readiness readiness,
      WorkerServer server,
      CloserStack parts) {
    this.core = core;
    this.management = management;
    this.readiness = readiness;
    this.server = server;
    this.parts = parts;
  }

  /**
   * Starts a worker. While its hot store does not respond, this waits, and the management port says
   * for what. If a step fails permanently, everything that was started before is closed.
   *
   * @param dataDirectory holds the hot store, unless it is on Cassandra, uploads in progress, new
   *     segments and the default archive; created if it does not exist
   * @throws StoreException with a message for users if the store or the directory cannot be used
   *     until someone changes it
   * @throws InterruptedException if the thread is interrupted before the worker accepts requests
   * @throws java.io.UncheckedIOException with a {@link java.net.BindException} if a port cannot be
   *     used
   */
  public static Worker start(
      CatalogSource source, Path dataDirectory, Settings settings, Clock clock)
      throws StoreException, InterruptedException {
    CloserStack parts = new CloserStack();
    try {
      WorkerMetrics metrics = parts.push(new WorkerMetrics());
      LiveCatalog catalog = parts.push(new LiveCatalog(source, clock));
      catalog.registerMetrics(metrics);
      catalog.watch(CATALOG_INTERVAL);
      Readiness readiness = new Readiness(catalog);
      ManagementServer management =
          parts.push(ManagementServer.start(settings.server(), catalog, readiness, metrics));
      HotStore store = openStore(dataDirectory, settings, clock, metrics, readiness);
      parts.push(store);
      readiness.opened(store);
      // Once more, because metrics must not be read from a closed store. Closing again does
      // nothing.
      parts.push(management);
      Files.createDirectories(dataDirectory);
      ArchiveRegistry archives = openArchives(source, dataDirectory, store, metrics, parts);
      Core core = new Core(dataDirectory, settings, clock, metrics, store, catalog, archives);
      WorkerServer.Services services = createServices(core);
      startBackgroundTasks(core, parts);
      // Last, so that it is closed first: requests in progress still need all other components.
      WorkerServer server = parts.push(WorkerServer.start(settings.server(), services));
      readiness.started();
      return new Worker(core, management, readiness, server, parts);
    } catch (IOException e) {
      StoreException failure = directoryUnusable(dataDirectory, e);
      parts.closeAfter(failure);
      throw failure;
    } catch (StoreException | InterruptedException | RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  private static HotStore openStore(
      Path dataDirectory,
      Settings settings,
      Clock clock,
      WorkerMetrics metrics,
      Readiness readiness)
      throws StoreException, InterruptedException {
    return new StartupRetry("the hot store", readiness::waitingFor)
        .run(() ->
            HotStoreFactory.open(
                dataDirectory.resolve("hot"), settings.cassandra(), clock, metrics));
  }

  private static ArchiveRegistry openArchives(
      CatalogSource source,
      Path dataDirectory,
      HotStore store,
      WorkerMetrics metrics,
      CloserStack parts) {
    return parts.push(
        new ArchiveRegistry(
            dataDirectory.resolve("archive"), source::secret, createFrameCache(metrics), store));
  }

  private static FrameCache createFrameCache(WorkerMetrics metrics) {
    long maxBytes = Runtime.getRuntime().maxMemory() / FRAME_CACHE_HEAP_DIVISOR;
    return new FrameCache(maxBytes, metrics.archive()::frameRead);
  }

  private static WorkerServer.Services createServices(Core core) throws IOException {
    DiskBudget disk = DiskBudget.of(core.dataDirectory(), core.settings().diskReserve());
    disk.registerMetrics(core.metrics());
    UploadSpool spool = new UploadSpool(core.dataDirectory().resolve("spool"), SPOOL_BYTES, disk);
    spool.registerMetrics(core.metrics());
    RequestDeduplicator deduplicator = new RequestDeduplicator(core.store(), core.clock());
    return new WorkerServer.Services(
        core.catalog(),
        new Authenticator(core.clock()),
        new Ingestion(core.store(), deduplicator, core.clock()),
        new FileIngestion(core.store(), spool, deduplicator, core.clock()),
        createEventReader(core),
        disk,
        core.metrics());
  }

  private static EventReader createEventReader(Core core) {
    MemoryBudget memory = new MemoryBudget("queries", core.settings().server().queryMemory());
    memory.registerMetrics(core.metrics(), "flowcore.query.memory.bytes");
    return new EventReader(core.store(), core.archives(), memory);
  }

  private static void startBackgroundTasks(Core core, CloserStack parts) throws IOException {
    parts.push(new ExpiryLoop(core.store(), core.metrics()::expired));
    parts.push(new ArchiveLoop(createArchiver(core), core.settings().archiveInterval()));
    parts
        .push(new ArchiveSizeMonitor(core.catalog(), core.archives()))
        .registerMetrics(core.metrics());
  }

  private static Archiver createArchiver(Core core) throws IOException {
    return new Archiver(
        core.store(),
        id -> core.archives().destination(core.catalog().current().eventType(id)),
        new UncommittedSegments(core.dataDirectory().resolve("segments"), core.clock()),
        Archiver.Settings.DEFAULT,
        new Archiver.Environment(
            new IngestAwareThrottle(core.metrics()::ingested),
            core.metrics().archive(),
            core.clock()));
  }

  private static StoreException directoryUnusable(Path directory, IOException e) {
    return new StoreException(
        StoreException.Kind.UNUSABLE,
        "cannot use the data directory "
            + directory
            + ": "
            + e.getMessage()
            + "; set --data to a directory that the worker can write to",
        e);
  }

  /** Returns the catalog that the worker serves. */
  public LiveCatalog catalog() {
    return core.catalog();
  }

  /** Returns the port for clients. */
  public int port() {
    return server.port();
  }

  /** Returns the port for health, metrics and the catalog. */
  public int managementPort() {
    return management.port();
  }

  /**
   * Stops serving clients, and waits for requests in progress as long as the settings say. From now
   * on the worker is not ready. Calling this again has no effect.
   */
  public synchronized DrainReport drain() {
    if (drained.isEmpty()) {
      readiness.drain();
      drained = Optional.of(server.drain(core.settings().drain()));
    }
    return drained.get();
  }

  /**
   * Drains and stops.
   *
   * @throws IllegalStateException if components fail to close; all others are closed
   */
  @Override
  public void close() {
    var _ = drain();
    parts.close();
  }
}
