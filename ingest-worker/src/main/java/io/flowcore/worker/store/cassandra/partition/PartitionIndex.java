package io.flowcore.worker.store.cassandra.partition;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CqlExecutor;
import io.flowcore.worker.store.cassandra.cql.RowTtls;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Which parts there are. A part stands here before the first event is written to it, so that nobody
 * misses one: readers look here first.
 */
public final class PartitionIndex {
  /** Expiries are rounded up to this, so that a stream of events writes no row for each. */
  static final long STEP_SECONDS = 60;

  private static final long MOST_KNOWN = 200_000;

  private final CqlExecutor requests;
  private final RowTtls lifetimes;
  private final Clock clock;
  private final PreparedStatement part;
  private final PreparedStatement archivablePart;
  private final PreparedStatement hour;
  private final PreparedStatement arrival;
  private final PreparedStatement backlog;
  private final PreparedStatement parts;
  private final PreparedStatement hours;
  private final PreparedStatement allArchived;

  /** What this worker has written, or is writing, of each part. */
  private final Cache<PartitionKey, Entry> known =
      Caffeine.newBuilder().maximumSize(MOST_KNOWN).executor(Runnable::run).build();

  /** Parts of which {@link #markArchived} has said so. */
  private final Cache<PartitionKey, Boolean> archived =
      Caffeine.newBuilder().maximumSize(MOST_KNOWN).executor(Runnable::run).build();

  private record Entry(long expires, boolean archivable, CompletableFuture<Void> written) {
    boolean covers(long otherExpires, boolean otherArchivable) {
      return !written.isCompletedExceptionally()
          && expires >= otherExpires
          && (archivable || !otherArchivable);
    }
  }

  public PartitionIndex(
      CqlSession session, CqlExecutor requests, String keyspace, RowTtls lifetimes, Clock clock) {
    this.requests = requests;
    this.lifetimes = lifetimes;
    this.clock = clock;
    String until = " USING TTL ? AND TIMESTAMP ?";
    part =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".parts (event_type, hour, minute, arrival, split, expires) VALUES (?, ?, ?, ?, ?, ?)"
                + until);
    archivablePart =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".parts (event_type, hour, minute, arrival, split, expires, archivable) VALUES (?, ?, ?, ?, ?,"
                + " ?, true)"
                + until);
    hour =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".hours (event_type, hour, expires) VALUES (?, ?, ?)"
                + until);
    arrival =
        session.prepare(
            "INSERT INTO " + keyspace + ".arrivals (k, arrival, expires) VALUES (0, ?, ?)" + until);
    backlog =
        session.prepare(
            "INSERT INTO "
                + keyspace
                + ".backlog (arrival, event_type, hour, expires) VALUES (?, ?, ?, ?)"
                + until);
    parts =
        session.prepare(
            "SELECT minute, arrival, split, expires, archivable, archived_to FROM "
                + keyspace
                + ".parts WHERE event_type = ? AND hour = ? AND minute >= ? AND minute <= ?");
    allArchived =
        session.prepare(
            "UPDATE "
                + keyspace
                + ".parts USING TTL ? SET archived_to = ? WHERE event_type = ? AND hour = ? AND minute = ? AND arrival = ?"
                + " AND split = ?");
    hours =
        session.prepare(
            "SELECT hour, expires FROM "
                + keyspace
                + ".hours WHERE event_type = ? AND hour >= ? AND hour <= ?");
  }

  /**
   * Makes sure that a part stands in the index, for as long as its events need.
   *
   * @param expiresAtSecond of the event that goes last
   */
  public CompletionStage<Void> register(
      PartitionKey key, long expiresAtSecond, boolean archivable) {
    long expires = Math.ceilDiv(expiresAtSecond, STEP_SECONDS) * STEP_SECONDS;
    Entry entry =
        known
            .asMap()
            .compute(
                key,
                (same, before) ->
                    before != null && before.covers(expires, archivable)
                        ? before
                        : write(
                            key,
                            before == null ? expires : Math.max(expires, before.expires()),
                            archivable || (before != null && before.archivable())));
    return entry.written();
  }

  private Entry write(PartitionKey key, long expires, boolean archivable) {
    return new Entry(expires, archivable, writeRows(key, expires, archivable));
  }

  /** Keeps a part that waits to be archived in the index for as long as if it were written now. */
  public CompletionStage<Void> keep(Partition part) {
    return writeRows(part.key(), part.expires(), true);
  }

  private CompletableFuture<Void> writeRows(PartitionKey key, long expires, boolean archivable) {
    long now = clock.instant().getEpochSecond();
    List<BoundStatement> rows = new ArrayList<>();
    int bucket = key.hour().hour();
    int ttl = lifetimes.index(expires, now);
    long timestamp = RowTtls.timestamp(now + ttl);
    rows.add(
        (archivable ? archivablePart : part)
            .bind(
                key.eventType(),
                bucket,
                key.minute(),
                key.arrival(),
                key.split(),
                expires,
                ttl,
                timestamp));
    rows.add(hour.bind(key.eventType(), bucket, expires, ttl, timestamp));
    if (archivable) {
      rows.add(arrival.bind(key.arrival(), expires, ttl, timestamp));
      rows.add(backlog.bind(key.arrival(), key.eventType(), bucket, expires, ttl, timestamp));
    }
    return CqlExecutor.all(rows.stream().map(requests::send));
  }

  /** Says of a part that nobody archives, now or later, that all of it is archived. */
  public void markArchived(PartitionKey key) throws StoreException {
    if (archived.getIfPresent(key) == null) {
      requests.run(
          allArchived.bind(
              lifetimes.longest(clock.instant().getEpochSecond()),
              EventIds.bytes(Partition.ALL),
              key.eventType(),
              key.hour().hour(),
              key.minute(),
              key.arrival(),
              key.split()));
      archived.put(key, true);
    }
  }

  /** The parts of an hour between two minutes, both of which count, sorted by minute. */
  public List<Partition> parts(UUID eventType, TimeBucket bucket, int fromMinute, int toMinute)
      throws StoreException {
    List<Partition> found = new ArrayList<>();
    for (Row row : requests.rows(parts.bind(eventType, bucket.hour(), fromMinute, toMinute))) {
      found.add(part(eventType, row));
    }
    return found;
  }

  /** All parts of an hour. */
  public List<Partition> parts(PendingHour pending) throws StoreException {
    TimeBucket bucket = pending.bucket();
    return parts(
        pending.eventType(),
        bucket,
        PartitionKey.minute(bucket.firstTick()),
        PartitionKey.minute(bucket.lastTick()));
  }

  private static Partition part(UUID eventType, Row row) {
    PartitionKey key =
        new PartitionKey(
            eventType, row.getInt("minute"), row.getInt("arrival"), row.getInt("split"));
    Optional<EventId> archivedTo =
        Optional.ofNullable(row.getByteBuffer("archived_to")).map(EventIds::read);
    return new Partition(key, row.getLong("expires"), row.getBoolean("archivable"), archivedTo);
  }

  /** The hours of an event type, sorted, with the second until which each may hold events. */
  NavigableMap<TimeBucket, Long> hours(UUID eventType, TimeBucket from, TimeBucket to)
      throws StoreException {
    NavigableMap<TimeBucket, Long> found = new TreeMap<>();
    for (Row row : requests.rows(hours.bind(eventType, from.hour(), to.hour()))) {
      found.put(new TimeBucket(row.getInt("hour")), row.getLong("expires"));
    }
    return found;
  }
}
