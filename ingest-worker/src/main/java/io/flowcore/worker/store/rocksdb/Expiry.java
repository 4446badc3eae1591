package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.EventValueCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Removes events whose TTL has passed, unless they are pending archive. Each entry of the expiry
 * index is examined once; an event that expires while it is pending is removed when it is archived.
 */
final class Expiry implements AutoCloseable {
  /**
   * The number of passes that continue where the one before ended. The next pass starts at the
   * beginning of the index.
   */
  private static final int PASSES_BEFORE_RESTART = 64;

  private static final byte[] PENDING_EXPIRED_UNTIL = "pending-expired-until".getBytes(UTF_8);
  private static final byte[] NO_VALUE = {};

  private final RocksFiles files;

  /** Both ways of removing an event read before they write. */
  private final ReentrantLock lock = new ReentrantLock();

  /** Work of an expiry pass that a crash loses is repeated. */
  private final WriteOptions unsynced = new WriteOptions();

  private final WriteOptions synced = new WriteOptions().setSync(true);

  /** Where the last pass ended, so that the next one does not read its tombstones. */
  private byte[] position = new byte[0];

  private int passes;

  /**
   * The latest expiry of an event that was pending when a pass examined it. The index does not
   * contain such events any more, so it is stored with the deletions from the index.
   */
  private long pendingExpiredUntil;

  private final DeletedKeys deletedEvents = new DeletedKeys(EventKeyCodec::type);
  private final DeletedKeys deletedPending = new DeletedKeys(EventKeyCodec::type);
  private final DeletedKeys deletedIndexEntries = new DeletedKeys(key -> "all");
  private final TombstoneCompactor compactor;

  Expiry(RocksFiles files) throws RocksDBException {
    this.files = files;
    byte[] stored = files.db().get(files.meta(), PENDING_EXPIRED_UNTIL);
    pendingExpiredUntil = stored == null ? Long.MIN_VALUE : ByteBuffer.wrap(stored).getLong();
    compactor =
        new TombstoneCompactor(
            files,
            Map.of(
                files.events(), deletedEvents,
                files.pendingArchive(), deletedPending,
                files.expiry(), deletedIndexEntries));
  }

  private boolean isPending(byte[] key) throws RocksDBException {
    return files.db().get(files.pendingArchive(), key) != null;
  }

  /** See {@link io.flowcore.worker.store.StoreMaintenance#expire}. */
  int expire(long nowSecond, int limit) throws RocksDBException {
    lock.lock();
    try (Slice end = new Slice(bytes(nowSecond + 1));
        ReadOptions options = new ReadOptions().setIterateUpperBound(end);
        RocksIterator due = files.db().newIterator(files.expiry(), options);
        WriteBatch batch = new WriteBatch()) {
      // If the clock was set back, an event may be appended whose TTL has already passed.
      if (++passes % PASSES_BEFORE_RESTART == 0) {
        position = new byte[0];
      }
      long expiredUntil = pendingExpiredUntil;
      byte[] examined = position;
      int count = 0;
      for (due.seek(position); due.isValid() && count < limit; due.next()) {
        byte[] key = EventKeyCodec.expiringKey(due.key());
        if (isPending(key)) {
          expiredUntil = Math.max(expiredUntil, EventKeyCodec.expiringSecond(due.key()));
        } else {
          batch.delete(files.events(), key);
          deletedEvents.add(key);
        }
        examined = due.key();
        batch.delete(files.expiry(), examined);
        deletedIndexEntries.add(examined);
        count++;
      }
      due.status();
      if (expiredUntil > pendingExpiredUntil) {
        batch.put(files.meta(), PENDING_EXPIRED_UNTIL, bytes(expiredUntil));
      }
      files.db().write(unsynced, batch);
      position = examined;
      pendingExpiredUntil = expiredUntil;
      if (count < limit) {
        compactor.start(nowSecond);
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** See {@link io.flowcore.worker.store.PendingEvents#markArchived}. */
  void markArchived(UUID eventType, List<EventId> ids, long nowSecond) throws RocksDBException {
    lock.lock();
    try (WriteBatch batch = new WriteBatch();
        EventLookup lookup = new EventLookup(files)) {
      for (EventId id : ids) {
        byte[] key = EventKeyCodec.key(eventType, id);
        Optional<byte[]> value = lookup.find(key);
        batch.delete(files.pendingArchive(), key);
        deletedPending.add(key);
        if (value.isEmpty()) {
          continue;
        }
        long expiresAt = EventValueCodec.expiresAtSecond(value.get());
        if (expiresAt <= nowSecond) {
          batch.delete(files.events(), key);
          deletedEvents.add(key);
        } else if (expiresAt <= pendingExpiredUntil) {
          // A pass examined it, or a later one, at a later time than now: the clock was set back.
          batch.put(files.expiry(), EventKeyCodec.expiryKey(expiresAt, key), NO_VALUE);
          position = new byte[0];
        }
      }
      files.db().write(synced, batch);
    } finally {
      lock.unlock();
    }
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  /** Cancels compactions. The database cannot write afterwards. */
  @Override
  public void close() {
    compactor.close();
    unsynced.close();
    synced.close();
  }
}
