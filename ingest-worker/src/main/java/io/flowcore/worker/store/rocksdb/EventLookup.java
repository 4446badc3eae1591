package io.flowcore.worker.store.rocksdb;

import java.util.Arrays;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Finds events by keys that are mostly in order, as those of the archiver are. Moves an iterator
 * forward instead of looking up each key: a point lookup has to search every file that may contain
 * the key. Used by one thread.
 */
final class EventLookup implements AutoCloseable {
  /** The number of steps forward before a seek. The first lookup always seeks. */
  private static final int MAX_STEPS = 8;

  private final RocksIterator events;

  EventLookup(RocksFiles files) {
    events = files.db().newIterator(files.events());
  }

  /** Returns the value of an event; empty if it does not exist. */
  Optional<byte[]> find(byte[] key) throws RocksDBException {
    for (int step = 0; step < MAX_STEPS && events.isValid(); step++) {
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
