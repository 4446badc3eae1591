package io.flowcore.worker.store.rocksdb;

import java.util.Arrays;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Finds events by keys that are mostly in order, as the archiver has them. Goes forward beside them
 * instead of looking each up: a look-up has to ask every file that may hold the key. Used by one
 * thread.
 */
final class EventLookup implements AutoCloseable {
  /** Steps forward before it jumps. The iterator stands nowhere at first, and so jumps at once. */
  private static final int STEPS = 8;

  private final RocksIterator events;

  EventLookup(RocksFiles files) {
    events = files.db().newIterator(files.events());
  }

  /** The record of an event, if it is there. */
  Optional<byte[]> find(byte[] key) throws RocksDBException {
    for (int step = 0; step < STEPS && events.isValid(); step++) {
      int comparison = Arrays.compareUnsigned(events.key(), key);
      if (comparison == 0) {
        return Optional.of(events.value());
      }
      if (comparison > 0) {
        break;
      }
      events.next();
    }
    events.seek(key);
    events.status();
    return events.isValid() && Arrays.equals(events.key(), key)
        ? Optional.of(events.value())
        : Optional.empty();
  }

  @Override
  public void close() {
    events.close();
  }
}
