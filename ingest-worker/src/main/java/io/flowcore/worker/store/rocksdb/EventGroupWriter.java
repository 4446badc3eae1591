package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.rocksdb.GroupCommitter.Append;
import io.flowcore.worker.store.rocksdb.GroupCommitter.EncodedEvent;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Writes groups of events, their index entries and the clock's reservation in one synced batch.
 * Used by the writer thread of the {@link GroupCommitter}.
 */
final class EventGroupWriter implements GroupCommitter.GroupWriter, AutoCloseable {
  private static final byte[] NO_VALUE = {};

  private final RocksFiles files;
  private final IdempotencyRecords idempotencyRecords;
  private final Clock ttlClock;
  private final WriteOptions synced = new WriteOptions().setSync(true);

  /** The last group whose write succeeded. */
  private CommitRecord last;

  /** Creates a writer for tests and tools, whose TTLs start at the instants of the commits. */
  EventGroupWriter(RocksFiles files, IdempotencyRecords idempotencyRecords)
      throws RocksDBException {
    this(files, idempotencyRecords, Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
  }

  /**
   * Creates a writer.
   *
   * @param ttlClock from when TTLs count, unless the commit is later
   */
  EventGroupWriter(RocksFiles files, IdempotencyRecords idempotencyRecords, Clock ttlClock)
      throws RocksDBException {
    this.files = files;
    this.idempotencyRecords = idempotencyRecords;
    this.ttlClock = ttlClock;
    last = lastCommit(files.db(), files.meta());
  }

  @Override
  public List<List<EventId>> write(List<Append> group, CommitClock.Instants instants)
      throws RocksDBException {
    List<List<EventId>> ids = new ArrayList<>(group.size());
    long instant = instants.first();
    int events = group.stream().mapToInt(append -> append.events().size()).sum();
    CommitRecord commit = last.next(instants.reserved(), instant + events - 1, events);
    try (WriteBatch batch = new WriteBatch()) {
      // First, so that a damaged log shows it even if the rest of the group is missing.
      batch.put(files.meta(), CommitRecord.KEY, commit.encode());
      long ttlStart = EventTime.toTicks(ttlClock.instant());
      for (Append append : group) {
        ids.add(put(batch, append, instant, ttlStart));
        instant += append.events().size();
      }
      files.db().write(synced, batch);
    }
    last = commit;
    return ids;
  }

  private List<EventId> put(WriteBatch batch, Append append, long firstInstant, long ttlStart)
      throws RocksDBException {
    List<EventId> ids = new ArrayList<>(append.events().size());
    long instant = firstInstant;
    for (EncodedEvent encoded : append.events()) {
      NewEvent event = encoded.event();
      long ticks = event.eventTicks() == NewEvent.WHEN_COMMITTED ? instant : event.eventTicks();
      EventId id = EventId.of(ticks, instant);
      byte[] key = EventKeyCodec.key(event.eventType(), id);
      EventDetails details = event.detailsAt(instant, Math.max(instant, ttlStart));
      batch.put(files.events(), key, EventValueCodec.complete(encoded.value(), details));
      batch.put(files.expiry(), EventKeyCodec.expiryKey(details.expiresAtSecond(), key), NO_VALUE);
      if (details.archive()) {
        batch.put(files.pendingArchive(), key, NO_VALUE);
      }
      ids.add(id);
      instant++;
    }
    if (append.idempotencyKey().isPresent()) {
      idempotencyRecords.put(batch, append.idempotencyKey().get(), ids);
    }
    return ids;
  }

  /** Returns the reservation that was written last, in ticks; 0 for a new store. */
  static long reservation(RocksFiles files) throws RocksDBException {
    return lastCommit(files.db(), files.meta()).reserved();
  }

  /** Returns the record of the last group. */
  static CommitRecord lastCommit(RocksDB db, ColumnFamilyHandle meta) throws RocksDBException {
    byte[] stored = db.get(meta, CommitRecord.KEY);
    return stored == null ? CommitRecord.NONE : CommitRecord.decode(ByteBuffer.wrap(stored));
  }

  /** Replaces the reservation, durably. Not while groups are written. */
  void writeReservation(long ticks) throws RocksDBException {
    CommitRecord commit = last.next(ticks, last.lastInstant(), 0);
    files.db().put(files.meta(), synced, CommitRecord.KEY, commit.encode());
    last = commit;
  }

  @Override
  public void close() {
    synced.close();
  }
}
