package io.flowcore.worker;

import io.flowcore.worker.archive.ArchiveLoop;
import io.flowcore.worker.archive.Archiver;
import io.flowcore.worker.archive.IngestAwareThrottle;
import io.flowcore.worker.archive.SegmentMemory;
import io.flowcore.worker.archive.UncommittedSegments;
import io.flowcore.worker.archive.segment.FrameCache;
import io.flowcore.worker.auth.Authenticator;
import io.flowcore.worker.catalog.CatalogSource;
import io.flowcore.worker.catalog.LiveCatalog;
import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.PrivateDirectories;
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

  /** An eighth of the heap caches frames of the archive. */
  private static final int FRAME_CACHE_HEAP_DIVISOR = 8;

  /** An eighth of the heap is for hours that are being archived. */
  private static final int ARCHIVER_HEAP_DIVISOR = 8;

  /** Below the 60 s after which Kubernetes kills the pod; closing the store takes time as well. */
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(25);

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
   */
  public record Settings(
      WorkerServer.Settings server,
      RequestMemory.Limits memory,
      OptionalLong diskReserve,
      Duration archiveInterval,
      Optional<CassandraSettings> cassandra) {}

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

  private final LiveCatalog catalog;
  private final WorkerServer server;
  private final CloserStack parts;

  private Worker(LiveCatalog catalog, WorkerServer server, CloserStack parts) {
    this.catalog = catalog;
    this.server = server;
    this.parts = parts;
  }

  /**
   * Starts a worker. If a step fails, everything that was started before is closed.
   *
   * @param dataDirectory holds the hot store, unless it is on Cassandra, uploads in progress, new
   *     segments and the default archive; created if it does not exist
   * @param clock the machine's clock; the worker guards itself against its jumps
   * @throws StoreException with a message for users if the store or the directory cannot be used
   * @throws java.io.UncheckedIOException with a {@link java.net.BindException} if a port cannot be
   *     used
   */
  public static Worker start(
      CatalogSource source, Path dataDirectory, Settings settings, Clock clock)
      throws StoreException {
    CloserStack parts = new CloserStack();
    try {
      GuardedClock guarded = new GuardedClock(clock, System::nanoTime);
      Core core = openCore(source, dataDirectory, settings, guarded, parts);
      Readiness readiness = new Readiness(core.catalog(), core.store());
      WorkerServer.Services services = createServices(core, readiness);
      startBackgroundTasks(core, parts);
      // Last, so that it is closed first: requests in progress still need all other components.
      WorkerServer server = parts.push(WorkerServer.start(settings.server(), services));
      parts.push(() -> drain(readiness, server));
      return new Worker(core.catalog(), server, parts);
    } catch (IOException e) {
      StoreException failure = directoryUnusable(dataDirectory, e);
      parts.closeAfter(failure);
      throw failure;
    } catch (StoreException | RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  private static Core openCore(
      CatalogSource source,
      Path dataDirectory,
      Settings settings,
      GuardedClock clock,
      CloserStack parts)
      throws StoreException, IOException {
    WorkerMetrics metrics = parts.push(new WorkerMetrics());
    clock.registerMetrics(metrics);
    DiskSpace disk = HotStoreFactory.diskSpace(PrivateDirectories.create(dataDirectory), settings);
    disk.registerMetrics(metrics);
    HotStore store =
        parts.push(
            HotStoreFactory.open(
                dataDirectory.resolve("hot"), settings.cassandra(), clock, metrics, disk));
    LiveCatalog catalog = parts.push(new LiveCatalog(source, clock.wall()));
    catalog.registerMetrics(metrics);
    ArchiveRegistry archives =
        parts.push(
            new ArchiveRegistry(
                dataDirectory.resolve("archive"),
                disk,
                source::secret,
                createFrameCache(metrics),
                store));
    return new Core(dataDirectory, disk, settings, clock, metrics, store, catalog, archives);
  }

  private static FrameCache createFrameCache(WorkerMetrics metrics) {
    long maxBytes = Runtime.getRuntime().maxMemory() / FRAME_CACHE_HEAP_DIVISOR;
    return new FrameCache(maxBytes, metrics.archive()::frameRead);
  }

  private static WorkerServer.Services createServices(Core core, Readiness readiness)
      throws IOException {
    DiskBudget disk = new DiskBudget(core.disk());
    UploadSpool spool = createSpool(core, disk);
    spool.registerMetrics(core.metrics());
    RequestMemory memory = RequestMemory.of(core.settings().memory());
    memory.registerMetrics(core.metrics());
    RequestDeduplicator deduplicator = new RequestDeduplicator(core.store(), core.clock());
    return new WorkerServer.Services(
        core.catalog(),
        new Authenticator(core.clock().wall()),
        new Ingestion(core.store(), deduplicator, core.clock()),
        new FileIngestion(core.store(), spool, memory.uploads(), deduplicator, core.clock()),
        new EventReader(core.store(), core.archives(), memory.queries(), core.clock()),
        disk,
        memory,
        readiness,
        core.metrics());
  }

  private static UploadSpool createSpool(Core core, DiskBudget disk) throws IOException {
    return new UploadSpool(
        core.dataDirectory().resolve("spool"),
        Math.min(MAX_SPOOL_BYTES, core.disk().total() / SPOOL_DISK_DIVISOR),
        disk);
  }

  private static void startBackgroundTasks(Core core, CloserStack parts) throws IOException {
    core.catalog().watch(CATALOG_INTERVAL);
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

  private static void drain(Readiness readiness, WorkerServer server) {
    readiness.drain();
    server.drain(DRAIN_TIMEOUT);
  }

  private static StoreException directoryUnusable(Path directory, IOException e) {
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
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
    return catalog;
  }

  /** Returns the HTTP listeners. */
  public WorkerServer server() {
    return server;
  }

  /**
   * Waits up to 25 s for requests in progress, then stops.
   *
   * @throws IllegalStateException if components fail to close; all others are closed
   */
  @Override
  public void close() {
    parts.close();
  }
}
