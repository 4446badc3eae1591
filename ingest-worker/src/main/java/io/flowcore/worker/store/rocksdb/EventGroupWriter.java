package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.rocksdb.GroupCommitter.Append;
import io.flowcore.worker.store.rocksdb.GroupCommitter.EncodedEvent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Writes groups of events, their index entries and the clock's reservation in one synced batch.
 * Used by the writer thread of the {@link GroupCommitter}.
 */
final class EventGroupWriter implements GroupCommitter.GroupWriter, AutoCloseable {
  private static final byte[] NO_VALUE = {};
  private static final byte[] CLOCK_KEY = "clock".getBytes(UTF_8);

  private final RocksFiles files;
  private final IdempotencyRecords idempotencyRecords;
  private final WriteOptions synced = new WriteOptions().setSync(true);

  EventGroupWriter(RocksFiles files, IdempotencyRecords idempotencyRecords) {
    this.files = files;
    this.idempotencyRecords = idempotencyRecords;
  }

  @Override
  public List<List<EventId>> write(List<Append> group, CommitClock.Instants instants)
      throws RocksDBException {
    List<List<EventId>> ids = new ArrayList<>(group.size());
    long instant = instants.first();
    try (WriteBatch batch = new WriteBatch()) {
      for (Append append : group) {
        ids.add(put(batch, append, instant));
        instant += append.events().size();
      }
      batch.put(files.meta(), CLOCK_KEY, bytes(instants.reserved()));
      files.db().write(synced, batch);
    }
    return ids;
  }

  private List<EventId> put(WriteBatch batch, Append append, long firstInstant)
      throws RocksDBException {
    List<EventId> ids = new ArrayList<>(append.events().size());
    long instant = firstInstant;
    for (EncodedEvent encoded : append.events()) {
      NewEvent event = encoded.event();
      long ticks = event.eventTicks() == NewEvent.WHEN_COMMITTED ? instant : event.eventTicks();
      EventId id = EventId.of(ticks, instant);
      byte[] key = EventKeyCodec.key(event.eventType(), id);
      EventDetails details = event.details();
      batch.put(files.events(), key, encoded.value());
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
    byte[] stored = files.db().get(files.meta(), CLOCK_KEY);
    return stored == null ? 0 : ByteBuffer.wrap(stored).getLong();
  }

  /** Replaces the reservation, durably. */
  void writeReservation(long ticks) throws RocksDBException {
    files.db().put(files.meta(), synced, CLOCK_KEY, bytes(ticks));
  }

  private static byte[] bytes(long ticks) {
    return ByteBuffer.allocate(Long.BYTES).putLong(ticks).array();
  }

  @Override
  public void close() {
    synced.close();
  }
}
