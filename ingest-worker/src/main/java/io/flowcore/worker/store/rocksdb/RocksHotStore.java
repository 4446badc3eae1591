package io.flowcore.worker.store.rocksdb;

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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The embedded hot store on RocksDB. */
public final class RocksHotStore implements HotStore {
  private static final Logger LOG = LoggerFactory.getLogger(RocksHotStore.class);

  /** How long a query waits for the disk before it uses an earlier read watermark. */
  private static final Duration RENEWAL_TIMEOUT = Duration.ofSeconds(2);

  private static final int HOURS_PER_READ = 100;

  private final RocksFiles files;
  private final Clock wallClock;
  private final CommitClock clock;
  private final EventGroupWriter writer;
  private final GroupCommitter committer;
  private final Expiry expiry;
  private final EventScan scan;
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
    scan = new EventScan(files, expiry, clock);
    generations = new RocksManifestGenerations(files);
    this.clock = new CommitClock(clock, EventGroupWriter.reservation(files));
    writer = new EventGroupWriter(files);
    committer =
        new GroupCommitter(
            writer, this.clock, metrics, settings.maxQueuedBytes(), settings.maxGroupBytes());
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
    return open(directory, clock, metrics, settings, Optional.empty());
  }

  /** Opens the store with statistics of RocksDB, for tests. */
  static RocksHotStore open(
      Path directory,
      Clock clock,
      CommitMetrics metrics,
      Settings settings,
      Optional<Statistics> statistics)
      throws StoreException {
    RocksFiles files = RocksFiles.open(directory, statistics);
    try {
      return new RocksHotStore(files, clock, metrics, settings);
    } catch (RocksDBException e) {
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
    return access(() -> {
      byte[] value = files.db().get(files.idempotencyRecords(), key);
      return value == null ? Optional.empty() : IdempotencyRecordCodec.decode(value, nowSecond());
    });
  }

  @Override
  public long readWatermark(long wanted) {
    if (clock.isBehind()) {
      // After an idle period or a restart. Without this, an event that was dated ahead and is due
      // now would be missing from a page that has no cursor.
      committer.awaitRenewal(RENEWAL_TIMEOUT);
    }
    long readWatermark = clock.readWatermark();
    if (clock.needsRenewal()) {
      committer.renew();
    }
    return readWatermark;
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

  /** Reads several hours at a time, so that no iterator is open while an hour is archived. */
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

  /** Always succeeds: this process is the only one that uses the store, and has one archiver. */
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
    return access(() -> expiry.expire(nowSecond(), limit));
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
  public List<TimeBucket> hoursWithGeneration(byte[] scope, TimeBucket from, TimeBucket to)
      throws StoreException {
    return access(() -> generations.hours(scope, from, to));
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
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the hot store cannot be accessed; see the worker's log for the cause",
          e);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** Registers the size of the store and of its write queue. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.store.queued.bytes",
        "Bytes of requests that are waiting to be written",
        this::queuedBytes);
    metrics.gauge("flowcore.store.bytes", "Bytes that the hot store uses", this::bytes);
  }

  /** Returns the size of the store in bytes: its files, and what is still in memory. */
  public long bytes() {
    return files.bytes();
  }

  @Override
  public StoreHealth health() {
    return committer.health();
  }

  /** Returns the bytes in the write queue. */
  public long queuedBytes() {
    return committer.queuedBytes();
  }

  @Override
  public void close() {
    committer.close();
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
      writer.writeReservation(clock.last());
    } catch (RocksDBException e) {
      LOG.warn(
          "Could not reset the reservation of the commit clock; after the restart, events may be"
              + " dated up to {} s ahead",
          CommitClock.RESERVED_TICKS / EventTime.PER_SECOND,
          e);
    }
  }
}
