package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventRange;
import java.util.UUID;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** Iterates over a range of ids of one event type, and owns the native objects for it. */
final class EventIterator implements AutoCloseable {
  private final byte[] first;
  private final byte[] last;
  private final boolean ascending;
  private final Slice lowerBound;
  private final Slice upperBound;
  private final ReadOptions options;
  private final RocksIterator iterator;

  EventIterator(
      RocksFiles files, ColumnFamilyHandle columnFamily, UUID eventType, EventRange range) {
    first = EventKeyCodec.key(eventType, range.first());
    last = EventKeyCodec.key(eventType, range.last());
    ascending = range.isAscending();
    lowerBound = new Slice(first);
    upperBound = new Slice(EventKeyCodec.successor(last));
    options = new ReadOptions().setIterateLowerBound(lowerBound).setIterateUpperBound(upperBound);
    iterator = files.db().newIterator(columnFamily, options);
  }

  /** Moves to the first entry in the order of the read, and returns the RocksDB iterator. */
  RocksIterator start() {
    if (ascending) {
      iterator.seek(first);
    } else {
      iterator.seekForPrev(last);
    }
    return iterator;
  }

  @Override
  public void close() {
    iterator.close();
    options.close();
    lowerBound.close();
    upperBound.close();
  }
}
