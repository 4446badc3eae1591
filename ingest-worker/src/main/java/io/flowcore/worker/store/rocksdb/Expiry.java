package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.EventValueCodec;
import java.nio.ByteBuffer;
import java.util.List;
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
 * Lets events go: when their TTL has passed and they don't wait to be archived. Every entry of the
 * expiry index is looked at once; an event that expires while it waits goes when it is archived.
 */
final class Expiry implements AutoCloseable {
  /** Passes that begin where the one before ended, until one begins at the beginning again. */
  private static final int PASSES = 64;

  private final RocksFiles files;

  /** Both ways in which an event goes look before they write. */
  private final ReentrantLock lock = new ReentrantLock();

  /** What is lost of this in a crash is done again. */
  private final WriteOptions unsynced = new WriteOptions();

  private final WriteOptions synced = new WriteOptions().setSync(true);

  /**
   * Where the last pass ended, so that the next does not search through the traces of what went.
   */
  private byte[] begin = new byte[0];

  private int passes;

  /** The latest second that a pass looked up to. */
  private long expiredUntil = Long.MIN_VALUE;

  private final TombstoneCompactor events;
  private final TombstoneCompactor pending;
  private final TombstoneCompactor index;

  Expiry(RocksFiles files) {
    this.files = files;
    events = new TombstoneCompactor(files, files.events(), EventKeyCodec::hour);
    pending = new TombstoneCompactor(files, files.pending(), EventKeyCodec::hour);
    index = new TombstoneCompactor(files, files.expiry(), key -> "all");
  }

  /** Whether an event is for readers: its TTL has not passed, or it waits to be archived. */
  boolean visible(byte[] key, byte[] value, long nowSecond) throws RocksDBException {
    return EventValueCodec.expiresAtSecond(value) > nowSecond || pending(key);
  }

  private boolean pending(byte[] key) throws RocksDBException {
    return files.db().get(files.pending(), key) != null;
  }

  /** See {@code HotStore.expire}. */
  int expire(long nowSecond, int limit) throws RocksDBException {
    lock.lock();
    try (Slice end = new Slice(ByteBuffer.allocate(Long.BYTES).putLong(nowSecond + 1).array());
        ReadOptions options = new ReadOptions().setIterateUpperBound(end);
        RocksIterator due = files.db().newIterator(files.expiry(), options);
        WriteBatch batch = new WriteBatch()) {
      // An event may come whose TTL has passed already, where a clock was set back.
      if (++passes % PASSES == 0) {
        begin = new byte[0];
      }
      expiredUntil = Math.max(expiredUntil, nowSecond);
      int count = 0;
      for (due.seek(begin); due.isValid() && count < limit; due.next()) {
        byte[] key = EventKeyCodec.expiringKey(due.key());
        if (!pending(key)) {
          batch.delete(files.events(), key);
          events.deleted(key);
        }
        begin = due.key();
        batch.delete(files.expiry(), begin);
        index.deleted(begin);
        count++;
      }
      due.status();
      files.db().write(unsynced, batch);
      if (count < limit) {
        events.clean(nowSecond);
        pending.clean(nowSecond);
        index.clean(nowSecond);
      }
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** See {@code HotStore.archived}. */
  void archived(UUID eventType, List<EventId> ids, long nowSecond) throws RocksDBException {
    lock.lock();
    try (WriteBatch batch = new WriteBatch();
        EventLookup lookup = new EventLookup(files)) {
      // A pass may have passed these by a moment ago, at a later second than the caller looked at.
      long second = Math.max(nowSecond, expiredUntil);
      for (EventId id : ids) {
        byte[] key = EventKeyCodec.key(eventType, id);
        Optional<byte[]> value = lookup.find(key);
        batch.delete(files.pending(), key);
        pending.deleted(key);
        if (value.isPresent() && EventValueCodec.expiresAtSecond(value.get()) <= second) {
          batch.delete(files.events(), key);
          events.deleted(key);
        }
      }
      files.db().write(synced, batch);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    unsynced.close();
    synced.close();
  }
}
