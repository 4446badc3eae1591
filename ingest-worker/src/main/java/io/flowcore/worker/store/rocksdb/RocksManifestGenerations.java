package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.TimeBucket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** Numbers by scope and hour. A key is 16 bytes of the scope and the hour, big-endian. */
final class RocksManifestGenerations {
  private static final int SCOPE_LENGTH = 16;
  static final int KEY_LENGTH = SCOPE_LENGTH + Integer.BYTES;

  private final RocksFiles files;

  RocksManifestGenerations(RocksFiles files) {
    this.files = files;
  }

  /** 0 if there is none. */
  long of(byte[] scope, TimeBucket hour) throws RocksDBException {
    byte[] value = files.db().get(files.marks(), key(scope, hour.hour()));
    return value == null ? 0 : ByteBuffer.wrap(value).getLong();
  }

  /** Written in the order of all writes: whatever is synced later makes it durable. */
  synchronized void set(byte[] scope, TimeBucket hour, long number) throws RocksDBException {
    if (number > of(scope, hour)) {
      byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
      files.db().put(files.marks(), key(scope, hour.hour()), value);
    }
  }

  /** Those of a scope that have one. */
  List<TimeBucket> hours(byte[] scope, TimeBucket from, TimeBucket to) throws RocksDBException {
    List<TimeBucket> hours = new ArrayList<>();
    try (Slice end = new Slice(key(scope, to.hour() + 1));
        ReadOptions options = new ReadOptions().setIterateUpperBound(end);
        RocksIterator marks = files.db().newIterator(files.marks(), options)) {
      for (marks.seek(key(scope, from.hour())); marks.isValid(); marks.next()) {
        hours.add(hour(marks.key()));
      }
      marks.status();
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
