package io.flowcore.worker;

import io.flowcore.worker.archive.ArchiveLoop;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.IngestAwareThrottle;
import io.flowcore.worker.archive.SegmentMemory;
import io.flowcore.worker.archive.UncommittedSegments;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.background.PeriodicTask;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.PrivateDirectories;
import io.flowcore.worker.http.DrainReport;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.ManagementServer;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.ingest.Ingestion;
import io.flowcore.worker.ingest.RequestDeduplicator;
import io.flowcore.worker.ingest.file.FileIngestion;
import io.flowcore.worker.ingest.file.UploadSpool;
import io.flowcore.worker.limit.DiskBudget;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.observe.Readiness;
import io.flowcore.worker.observe.WorkerMetrics;
import io.flowcore.worker.query.EventReader;
import io.flowcore.worker.store.ExpiryLoop;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** A running worker. Its components are created and connected only here. */
public final class Worker implements AutoCloseable {
  private static final Duration CATALOG_INTERVAL = Duration.ofSeconds(1);
  private static final Duration CLOCK_INTERVAL = Duration.ofSeconds(10);

  /** An eighth of the heap caches frames of the archive. */
  private static final int FRAME_CACHE_HEAP_DIVISOR = 8;

  /** An eighth of the heap is for hours that are being archived. */
  private static final int ARCHIVER_HEAP_DIVISOR = 8;

  /**
   * Disk space for incomplete uploads. One key can use 7/16 of it: four files of the size that is
   * allowed by default, or one on a disk of 10 GiB.
   */
  private static final long MAX_SPOOL_BYTES = 10L << 30;

  private static final int SPOOL_DISK_DIVISOR = 4;

  /**
   * How a worker is configured.
   *
   * @param memory the maximum memory of requests
   * @param diskReserve bytes of the disk that stay free; if empty, a tenth, at most 2 GiB, and at
   *     least what the hot store needs
   * @param archiveInterval from the end of one archive pass to the start of the next
   * @param cassandra where the hot store is; if empty, it is in the data directory
   * @param drain how long clients are served after {@link #drain} is called
   */
  public record Settings(
      WorkerServer.Settings server,
      RequestMemory.Limits memory,
      OptionalLong diskReserve,
      Duration archiveInterval,
      Optional<CassandraSettings> cassandra,
      DrainSettings drain) {}

  /** The components that all others are built on. */
  private record Core(
      Path dataDirectory,
      DiskSpace disk,
      Settings settings,
      GuardedClock clock,
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
   * @param clock the machine's clock; the worker guards itself against its jumps
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
      GuardedClock guarded = new GuardedClock(clock, System::nanoTime);
      WorkerMetrics metrics = parts.push(new WorkerMetrics());
      guarded.registerMetrics(metrics);
      LiveCatalog catalog = parts.push(new LiveCatalog(source, guarded.wall()));
      catalog.registerMetrics(metrics);
      catalog.watch(CATALOG_INTERVAL);
      Readiness readiness = new Readiness(catalog);
      ManagementServer management =
          parts.push(ManagementServer.start(settings.server(), catalog, readiness, metrics));
      DiskSpace disk =
          HotStoreFactory.diskSpace(PrivateDirectories.create(dataDirectory), settings);
      disk.registerMetrics(metrics);
      HotStore store =
          new StartupRetry("the hot store", readiness::waitingFor)
              .run(() ->
                  HotStoreFactory.open(
                      dataDirectory.resolve("hot"), settings.cassandra(), guarded, metrics, disk));
      parts.push(store);
      readiness.opened(store);
      // Once more, because metrics must not be read from a closed store. Closing again does
      // nothing.
      parts.push(management);
      ArchiveRegistry archives =
          parts.push(
              new ArchiveRegistry(
                  dataDirectory.resolve("archive"),
                  disk,
                  source::secret,
                  createFrameCache(metrics),
                  store));
      Core core =
          new Core(dataDirectory, disk, settings, guarded, metrics, store, catalog, archives);
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

  private static FrameCache createFrameCache(WorkerMetrics metrics) {
    long maxBytes = Runtime.getRuntime().maxMemory() / FRAME_CACHE_HEAP_DIVISOR;
    return new FrameCache(maxBytes, metrics.archive()::frameRead);
  }

  private static WorkerServer.Services createServices(Core core) throws IOException {
    DiskBudget disk = new DiskBudget(core.disk());
    UploadSpool spool = createSpool(core, disk);
    spool.registerMetrics(core.metrics());
    RequestMemory memory = RequestMemory.of(core.settings().memory());
    memory.registerMetrics(core.metrics());
    Clock lenient = core.clock().lenient();
    RequestDeduplicator deduplicator = new RequestDeduplicator(core.store(), lenient);
    return new WorkerServer.Services(
        core.catalog(),
        new Authenticator(core.clock().wall()),
        new Ingestion(core.store(), deduplicator, lenient),
        new FileIngestion(core.store(), spool, memory.uploads(), deduplicator, lenient),
        new EventReader(core.store(), core.archives(), memory.queries(), lenient),
        disk,
        memory,
        core.metrics());
  }

  private static UploadSpool createSpool(Core core, DiskBudget disk) throws IOException {
    return new UploadSpool(
        core.dataDirectory().resolve("spool"),
        Math.min(MAX_SPOOL_BYTES, core.disk().total() / SPOOL_DISK_DIVISOR),
        disk);
  }

  private static void startBackgroundTasks(Core core, CloserStack parts) throws IOException {
    // The guarded clock knows whether a jump has held only if it is read regularly.
    parts.push(
        new PeriodicTask("clock", CLOCK_INTERVAL, CLOCK_INTERVAL, () -> core.clock().instant()));
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
        Archiver.Settings.DEFAULT.withRetryAfter(core.settings().archiveInterval()),
        new Archiver.Environment(
            new IngestAwareThrottle(core.metrics()::ingested),
            SegmentMemory.of(Runtime.getRuntime().maxMemory() / ARCHIVER_HEAP_DIVISOR),
            core.metrics().archive(),
            core.clock(),
            core.disk()));
  }

  private static StoreException directoryUnusable(Path directory, IOException e) {
    return new StoreException(
        StoreException.Kind.UNUSABLE,
        "cannot use the data directory "
            + directory
            + ": "
            + (DiskSpace.isFull(e)
                ? "disk full, free space and restart the worker (" + e + ")"
                : e.getMessage())
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
