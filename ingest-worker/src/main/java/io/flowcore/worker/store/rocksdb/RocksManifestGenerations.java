package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * The manifest generations by scope and hour, see {@link
 * io.flowcore.worker.store.ManifestGenerations}. A key is the 16 bytes of the scope followed by the
 * hour, big-endian.
 */
final class RocksManifestGenerations {
  private static final int SCOPE_LENGTH = 16;
  static final int KEY_LENGTH = SCOPE_LENGTH + Integer.BYTES;

  private final RocksFiles files;

  RocksManifestGenerations(RocksFiles files) {
    this.files = files;
  }

  long generation(byte[] scope, TimeBucket hour) throws RocksDBException {
    byte[] value = files.db().get(files.manifestGenerations(), key(scope, hour.hour()));
    return value == null ? 0 : ByteBuffer.wrap(value).getLong();
  }

  /** Not synced. The log is written in order, so the next synced write makes it durable. */
  synchronized void raise(byte[] scope, TimeBucket hour, long generation) throws RocksDBException {
    if (generation > generation(scope, hour)) {
      byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(generation).array();
      files.db().put(files.manifestGenerations(), key(scope, hour.hour()), value);
    }
  }

  List<TimeBucket> hours(byte[] scope, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws RocksDBException {
    List<TimeBucket> hours = new ArrayList<>();
    try (Slice start = new Slice(key(scope, from.hour()));
        Slice end = new Slice(key(scope, to.hour() + 1));
        ReadOptions options =
            new ReadOptions().setIterateLowerBound(start).setIterateUpperBound(end);
        RocksIterator iterator = files.db().newIterator(files.manifestGenerations(), options)) {
      if (order.isAscending()) {
        iterator.seekToFirst();
      } else {
        iterator.seekToLast();
      }
      while (iterator.isValid() && hours.size() < limit) {
        hours.add(hour(iterator.key()));
        if (order.isAscending()) {
          iterator.next();
        } else {
          iterator.prev();
        }
      }
      iterator.status();
    }
    return hours;
  }

  static byte[] scope(byte[] key) {
    return Arrays.copyOf(key, SCOPE_LENGTH);
  }

  static TimeBucket hour(byte[] key) {
    return new TimeBucket(ByteBuffer.wrap(key).getInt(SCOPE_LENGTH));
  }

  private static byte[] key(byte[] scope, int hour) {
    return ByteBuffer.allocate(KEY_LENGTH).put(scope).putInt(hour).array();
  }
}
