package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The embedded hot store on RocksDB. */
public final class RocksHotStore implements HotStore {
  private static final Logger LOG = LoggerFactory.getLogger(RocksHotStore.class);

  private static final int HOURS_PER_READ = 100;

  private final RocksFiles files;
  private final StoreMonitor monitor;
  private final Clock wallClock;
  private final CommitClock clock;
  private final StartClockCheck startCheck;
  private final EventGroupWriter writer;
  private final GroupCommitter committer;
  private final RocksReadWatermark readWatermark;
  private final Expiry expiry;
  private final EventScan scan;
  private final IdempotencyRecords idempotencyRecords;
  private final RocksManifestGenerations generations;

  /**
   * Shared by readers and held exclusively by {@link #close}, because a native iterator must not
   * outlive its database.
   */
  private final ReentrantReadWriteLock lifecycle = new ReentrantReadWriteLock();

  private boolean closed;

  private RocksHotStore(RocksFiles files, Clock clock, CommitMetrics metrics, Settings settings)
      throws RocksDBException {
    this.files = files;
    wallClock = clock;
    expiry = new Expiry(files);
    scan = new EventScan(files, clock);
    generations = new RocksManifestGenerations(files);
    long reserved = EventGroupWriter.reservation(files);
    this.clock = new CommitClock(clock, reserved);
    startCheck = new StartClockCheck(clock.instant(), reserved, System::nanoTime);
    startCheck.warning().ifPresent(LOG::warn);
    idempotencyRecords = new IdempotencyRecords(files);
    writer = new EventGroupWriter(files, idempotencyRecords, GuardedClock.lenient(clock));
    RocksEnvironment environment = files.environment();
    committer =
        new GroupCommitter(
            new DiskGuardedWriter(writer, environment.disk(), environment.errors()),
            this.clock,
            metrics,
            settings.maxQueuedBytes(),
            settings.maxGroupBytes());
    readWatermark = new RocksReadWatermark(this.clock, committer);
    monitor = new StoreMonitor(files);
  }

  /**
   * Limits of the writer.
   *
   * @param maxQueuedBytes the maximum size of the write queue, before appends are rejected
   * @param maxGroupBytes the maximum size of a group that is written with one fsync
   */
  public record Settings(long maxQueuedBytes, long maxGroupBytes) {
    /** A queue of 64 MiB and groups of 8 MiB. */
    public static final Settings DEFAULT = new Settings(64L << 20, 8L << 20);
  }

  /**
   * Opens the store in a directory, which is created if it does not exist.
   *
   * @throws StoreException with a message for the administrator: the directory cannot be used,
   *     another process uses it, or its files are damaged
   */
  public static RocksHotStore open(
      Path directory, Clock clock, CommitMetrics metrics, Settings settings) throws StoreException {
    return open(RocksFiles.open(directory, Optional.empty()), clock, metrics, settings);
  }

  /** Opens the store on a disk with a given reserve, see {@link RocksLimits}. */
  public static RocksHotStore open(
      Path directory, Clock clock, CommitMetrics metrics, DiskSpace disk) throws StoreException {
    return open(
        RocksFiles.open(directory, Optional.empty(), disk), clock, metrics, Settings.DEFAULT);
  }

  static RocksHotStore open(RocksFiles files, Clock clock, CommitMetrics metrics, Settings settings)
      throws StoreException {
    try {
      return new RocksHotStore(files, clock, metrics, settings);
    } catch (RocksDBException e) {
      String directory = files.db().getName();
      files.close();
      throw new StoreException(
          Kind.UNUSABLE, "the hot store in " + directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> idempotencyKey)
      throws StoreException {
    return committer.append(events, idempotencyKey);
  }

  @Override
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    return access(() -> idempotencyRecords.find(key, nowSecond()));
  }

  @Override
  public long readWatermark(long wanted) {
    return readWatermark.read(wanted);
  }

  @Override
  public EventPage read(ReadRequest request) throws StoreException {
    return access(() -> scan.visible(request));
  }

  @Override
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return access(() -> scan.buckets(eventType, from, to, order, limit));
  }

  /** Reads several hours at a time, so that no iterator is open while they are visited. */
  @Override
  public void pendingHours(HourVisitor visitor) throws StoreException {
    List<PendingHour> hours = pendingHours(Optional.empty());
    while (!hours.isEmpty()) {
      hours.forEach(visitor::visit);
      hours = pendingHours(Optional.of(hours.getLast()));
    }
  }

  private List<PendingHour> pendingHours(Optional<PendingHour> after) throws StoreException {
    return access(() -> scan.pendingHours(after, HOURS_PER_READ));
  }

  /**
   * Always succeeds: this process is the only one that uses the store, and its only archiver never
   * works on an hour twice at the same time.
   */
  @Override
  public Optional<PendingEvents> claim(PendingHour hour) {
    return Optional.of(new RocksPendingEvents(this, hour));
  }

  /** Reads a page of events that are pending archive. */
  EventPage pending(ReadRequest request) throws StoreException {
    return access(() -> scan.pending(request));
  }

  /**
   * Marks events as archived.
   *
   * @param ids of events of one type, each at most once; unknown ids are ignored
   */
  void markArchived(UUID eventType, List<EventId> ids) throws StoreException {
    access(() -> {
      expiry.markArchived(eventType, ids, nowSecond());
      return null;
    });
  }

  @Override
  public int expire(int limit) throws StoreException {
    if (!startCheck.mayRemove()) {
      return 0;
    }
    return access(() -> {
      idempotencyRecords.dropExpired(nowSecond());
      return expiry.expire(nowSecond(), limit);
    });
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return access(() -> generations.generation(scope, hour));
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long generation)
      throws StoreException {
    access(() -> {
      generations.raise(scope, hour, generation);
      return null;
    });
  }

  @Override
  public List<TimeBucket> hoursWithGeneration(
      byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return access(() -> generations.hours(scope, from, to, order, limit));
  }

  private long nowSecond() {
    return wallClock.instant().getEpochSecond();
  }

  private interface Access<T> {
    T run() throws StoreException, RocksDBException;
  }

  private <T> T access(Access<T> access) throws StoreException {
    lifecycle.readLock().lock();
    try {
      if (closed) {
        throw new StoreException(Kind.UNAVAILABLE, "the worker is shutting down");
      }
      return access.run();
    } catch (RocksDBException e) {
      throw monitor.failure(e);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** Registers the size of the store and of its write queue. */
  public void registerMetrics(MetricRegistry metrics) {
    monitor.registerMetrics(metrics, committer);
  }

  /** Returns the size of the store in bytes: its files, and what is still in memory. */
  public long bytes() {
    return files.bytes();
  }

  @Override
  public StoreHealth health() {
    return committer.health() instanceof StoreHealth.Broken broken ? broken : monitor.health();
  }

  /** Returns the bytes in the write queue. */
  public long queuedBytes() {
    return committer.queuedBytes();
  }

  @Override
  public void close() {
    committer.close();
    monitor.close();
    lifecycle.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        returnReservation();
        writer.close();
        expiry.close();
        files.close();
      }
    } finally {
      lifecycle.writeLock().unlock();
    }
  }

  /** After a clean shutdown, the next events must not be dated ahead. */
  private void returnReservation() {
    if (!(health() instanceof StoreHealth.Healthy)) {
      return;
    }
    try {
      // A clock that may be wrong is not stored: event times would never go back.
      writer.writeReservation(startCheck.mayRemove() ? clock.end() : clock.last());
    } catch (RocksDBException e) {
      LOG.warn(
          "Could not reset the reservation of the commit clock; after the restart, events may be"
              + " dated up to {} s ahead",
          CommitClock.RESERVED_TICKS / EventTime.PER_SECOND,
          e);
    }
  }
}
