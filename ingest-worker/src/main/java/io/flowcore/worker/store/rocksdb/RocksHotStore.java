package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.metrics.MetricRegistry;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.rocksdb.GroupCommitter.Append;
import io.flowcore.worker.store.rocksdb.GroupCommitter.Pending;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The embedded hot store on RocksDB. */
public final class RocksHotStore implements HotStore {
  private static final Logger LOG = LoggerFactory.getLogger(RocksHotStore.class);
  private static final byte[] NOTHING = {};

  /** How long a query waits for the disk before it makes do with an earlier horizon. */
  private static final Duration RENEWAL_PATIENCE = Duration.ofSeconds(2);

  private static final int HOURS_AT_ONCE = 100;

  private static final byte[] CLOCK_KEY = "clock".getBytes(UTF_8);

  private final RocksFiles files;
  private final Clock wallClock;
  private final CommitClock clock;
  private final GroupCommitter committer;
  private final Expiry expiry;
  private final EventScan scan;
  private final RocksManifestGenerations marks;
  private final WriteOptions synced = new WriteOptions().setSync(true);

  /**
   * Readers share it; closing takes it alone, since a native iterator must not outlive its
   * database.
   */
  private final ReentrantReadWriteLock lifecycle = new ReentrantReadWriteLock();

  private boolean closed;

  private RocksHotStore(RocksFiles files, Clock clock, CommitMetrics metrics, Settings settings)
      throws RocksDBException {
    this.files = files;
    wallClock = clock;
    expiry = new Expiry(files);
    scan = new EventScan(files, expiry, clock);
    marks = new RocksManifestGenerations(files);
    this.clock = new CommitClock(clock, reserved(files));
    committer =
        new GroupCommitter(
            this::write, this.clock, metrics, settings.maxQueuedBytes(), settings.maxGroupBytes());
  }

  /**
   * Bounds of the writer.
   *
   * @param maxQueuedBytes what may wait to be written, before appends are refused
   * @param maxGroupBytes what is written with one fsync
   */
  public record Settings(long maxQueuedBytes, long maxGroupBytes) {
    /** 64 MiB may wait, 8 MiB are written together. */
    public static final Settings DEFAULT = new Settings(64L << 20, 8L << 20);
  }

  /**
   * Opens or makes the store in a folder.
   *
   * @throws StoreException with a message for the operator of the worker: the folder can't be used,
   *     another process has it, or what it holds is damaged
   */
  public static RocksHotStore open(
      Path folder, Clock clock, CommitMetrics metrics, Settings settings) throws StoreException {
    return open(folder, clock, metrics, settings, Optional.empty());
  }

  /** With a count of what RocksDB does, for tests. */
  static RocksHotStore open(
      Path folder,
      Clock clock,
      CommitMetrics metrics,
      Settings settings,
      Optional<Statistics> statistics)
      throws StoreException {
    RocksFiles files = RocksFiles.open(folder, statistics);
    try {
      return new RocksHotStore(files, clock, metrics, settings);
    } catch (RocksDBException e) {
      files.close();
      throw new StoreException(
          Kind.UNAVAILABLE, "the hot store in " + folder + " can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey)
      throws StoreException {
    return committer.append(events, requestKey);
  }

  /** Called by the one writer thread only. */
  private List<List<EventId>> write(List<Append> group, CommitClock.Instants instants)
      throws RocksDBException {
    List<List<EventId>> all = new ArrayList<>(group.size());
    long instant = instants.first();
    try (WriteBatch batch = new WriteBatch()) {
      for (Append append : group) {
        all.add(put(batch, append, instant));
        instant += append.events().size();
      }
      batch.put(files.meta(), CLOCK_KEY, bytes(instants.reserved()));
      files.db().write(synced, batch);
    }
    return all;
  }

  private List<EventId> put(WriteBatch batch, Append append, long firstInstant)
      throws RocksDBException {
    List<EventId> ids = new ArrayList<>(append.events().size());
    long instant = firstInstant;
    for (Pending pending : append.events()) {
      long given = pending.event().eventTicks();
      EventId id = EventId.of(given == NewEvent.WHEN_COMMITTED ? instant : given, instant);
      byte[] key = EventKeyCodec.key(pending.event().eventType(), id);
      EventDetails details = pending.event().details();
      batch.put(files.events(), key, pending.value());
      batch.put(files.expiry(), EventKeyCodec.expiryKey(details.expiresAtSecond(), key), NOTHING);
      if (details.archive()) {
        batch.put(files.pending(), key, NOTHING);
      }
      ids.add(id);
      instant++;
    }
    if (append.requestKey().isPresent()) {
      IdempotencyKey requestKey = append.requestKey().get();
      batch.put(files.receipts(), requestKey.key(), IdempotencyRecordCodec.encode(requestKey, ids));
    }
    return ids;
  }

  @Override
  public Optional<IdempotencyRecord> idempotencyRecord(byte[] key) throws StoreException {
    return reading(() -> {
      byte[] value = files.db().get(files.receipts(), key);
      return value == null ? Optional.empty() : IdempotencyRecordCodec.decode(value, nowSecond());
    });
  }

  private static byte[] bytes(long instant) {
    return ByteBuffer.allocate(Long.BYTES).putLong(instant).array();
  }

  static long reserved(RocksFiles files) throws RocksDBException {
    byte[] stored = files.db().get(files.meta(), CLOCK_KEY);
    return stored == null ? 0 : ByteBuffer.wrap(stored).getLong();
  }

  @Override
  public long readWatermark(long wanted) {
    if (clock.isBehind()) {
      // After a pause or a start. Without it, an event that was dated ahead and is due by now would
      // be missing from a page that has no cursor.
      committer.awaitRenewal(RENEWAL_PATIENCE);
    }
    long readWatermark = clock.readWatermark();
    if (clock.wantsRenewal()) {
      committer.renew();
    }
    return readWatermark;
  }

  @Override
  public EventPage read(ReadRequest request) throws StoreException {
    return reading(() -> scan.visible(request));
  }

  @Override
  public List<TimeBucket> buckets(
      UUID eventType, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    return reading(() -> scan.buckets(eventType, from, to, order, limit));
  }

  /** In parts, so that no iterator stays open while an hour is archived. */
  @Override
  public void pendingHours(HourVisitor visitor) throws StoreException {
    List<PendingHour> hours = pendingHours(Optional.empty());
    while (!hours.isEmpty()) {
      hours.forEach(visitor::visit);
      hours = pendingHours(Optional.of(hours.getLast()));
    }
  }

  private List<PendingHour> pendingHours(Optional<PendingHour> after) throws StoreException {
    return reading(() -> scan.pendingHours(after, HOURS_AT_ONCE));
  }

  /** There is one archiver in the one process that has this store. */
  @Override
  public Optional<PendingEvents> claim(PendingHour hour) {
    return Optional.of(new RocksPendingEvents(this, hour));
  }

  /** Events that wait to be archived. */
  EventPage pending(ReadRequest request) throws StoreException {
    return reading(() -> scan.pending(request));
  }

  /**
   * Lets events wait no more.
   *
   * @param ids of events of one type, each at most once; unknown ones are passed over
   */
  void archived(UUID eventType, List<EventId> ids) throws StoreException {
    reading(() -> {
      expiry.archived(eventType, ids, nowSecond());
      return null;
    });
  }

  @Override
  public int expire(int limit) throws StoreException {
    return reading(() -> expiry.expire(nowSecond(), limit));
  }

  @Override
  public long generation(byte[] scope, TimeBucket hour) throws StoreException {
    return reading(() -> marks.of(scope, hour));
  }

  @Override
  public void raiseGeneration(byte[] scope, TimeBucket hour, long number) throws StoreException {
    reading(() -> {
      marks.set(scope, hour, number);
      return null;
    });
  }

  @Override
  public List<TimeBucket> hoursWithGeneration(byte[] scope, TimeBucket from, TimeBucket to)
      throws StoreException {
    return reading(() -> marks.hours(scope, from, to));
  }

  private long nowSecond() {
    return wallClock.instant().getEpochSecond();
  }

  private interface Read<T> {
    T run() throws StoreException, RocksDBException;
  }

  private <T> T reading(Read<T> read) throws StoreException {
    lifecycle.readLock().lock();
    try {
      if (closed) {
        throw new StoreException(Kind.UNAVAILABLE, "the worker is shutting down");
      }
      return read.run();
    } catch (RocksDBException e) {
      throw new StoreException(Kind.UNAVAILABLE, "the hot store can't be read", e);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** Registers the size of the store and of its write queue. */
  public void registerMetrics(MetricRegistry metrics) {
    metrics.gauge(
        "flowcore.store.queued.bytes", "Bytes that wait to be written", this::queuedBytes);
    metrics.gauge("flowcore.store.bytes", "Bytes that the hot store uses", this::bytes);
  }

  /** Bytes that the store takes: its files, and what is still in memory. */
  public long bytes() {
    return files.bytes();
  }

  @Override
  public StoreHealth health() {
    return committer.health();
  }

  /** Bytes that wait to be written. */
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
        giveBackReservation();
        synced.close();
        expiry.close();
        files.close();
      }
    } finally {
      lifecycle.writeLock().unlock();
    }
  }

  /** So that after a clean end the next events don't get times that are still to come. */
  private void giveBackReservation() {
    if (!(health() instanceof StoreHealth.Healthy)) {
      return;
    }
    try {
      files.db().put(files.meta(), synced, CLOCK_KEY, bytes(clock.last()));
    } catch (RocksDBException e) {
      LOG.warn(
          "The clock's reservation stays; the next events may be dated {} s ahead",
          CommitClock.RESERVED_TICKS / EventTime.PER_SECOND,
          e);
    }
  }
}
