package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.StoreException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * Stores idempotency records by the UTC day on which they expire, so that all records of a day are
 * dropped at once and without reading them.
 *
 * <pre>
 * key     day    4  of the expiry, since 1970-01-01, big-endian
 *         key   32  of the request
 * </pre>
 *
 * <p>A record is valid for one day, so that a look-up searches two days. It searches later days too
 * if there are any, because the clock may have been set back since a record was written. The days
 * are known without a search.
 */
final class IdempotencyRecords {
  /** The length of the day in a key; the files of the column family are split by it. */
  static final int DAY_LENGTH = Integer.BYTES;

  private static final long SECONDS_PER_DAY = 86_400;

  private final RocksFiles files;

  /** The days of all stored records, and possibly of some that a crash has lost. */
  private final NavigableSet<Integer> days = new ConcurrentSkipListSet<>();

  /** Opens the records of a store. */
  IdempotencyRecords(RocksFiles files) throws RocksDBException {
    this.files = files;
    try (RocksIterator iterator = files.db().newIterator(files.idempotencyRecords())) {
      iterator.seekToFirst();
      while (iterator.isValid()) {
        int day = ByteBuffer.wrap(iterator.key()).getInt();
        days.add(day);
        iterator.seek(firstKey(day + 1));
      }
      iterator.status();
    }
  }

  /** Adds the record of a request to a batch. */
  void put(WriteBatch batch, IdempotencyKey key, List<EventId> ids) throws RocksDBException {
    int day = day(key.expiresAtSecond());
    // Before the record is visible, so that a look-up after the write searches this day.
    days.add(day);
    batch.put(
        files.idempotencyRecords(),
        storedKey(day, key.key()),
        IdempotencyRecordCodec.encode(key, ids));
  }

  /**
   * Returns the record of a request, if it has not expired.
   *
   * @throws StoreException if the record is damaged
   */
  Optional<IdempotencyRecord> find(byte[] key, long nowSecond)
      throws RocksDBException, StoreException {
    for (int day : days.tailSet(day(nowSecond))) {
      byte[] value = files.db().get(files.idempotencyRecords(), storedKey(day, key));
      if (value != null) {
        Optional<IdempotencyRecord> found = IdempotencyRecordCodec.decode(value, nowSecond);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** Drops the days of which all records have expired. */
  void dropExpired(long nowSecond) throws RocksDBException {
    for (int day : days.headSet(day(nowSecond))) {
      byte[] first = firstKey(day);
      byte[] end = firstKey(day + 1);
      // Most records are in files that contain no other day. Level 0 is covered by the second call.
      files.db().deleteFilesInRanges(files.idempotencyRecords(), List.of(first, end), false);
      files.db().deleteRange(files.idempotencyRecords(), first, end);
      days.remove(day);
    }
  }

  /** Returns the day that contains a second. */
  private static int day(long epochSecond) {
    return Math.toIntExact(Math.floorDiv(epochSecond, SECONDS_PER_DAY));
  }

  private static byte[] firstKey(int day) {
    return ByteBuffer.allocate(DAY_LENGTH).putInt(day).array();
  }

  private static byte[] storedKey(int day, byte[] key) {
    return ByteBuffer.allocate(DAY_LENGTH + key.length).putInt(day).put(key).array();
  }

  /** Returns the key of the request of a stored key. */
  static byte[] requestKey(byte[] storedKey) {
    return Arrays.copyOfRange(storedKey, DAY_LENGTH, storedKey.length);
  }
}
