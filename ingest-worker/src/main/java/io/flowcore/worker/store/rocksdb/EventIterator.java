package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import java.util.UUID;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** An iterator over a range of ids of one event type, with the native objects that it needs. */
final class EventIterator implements AutoCloseable {
  private final byte[] first;
  private final byte[] last;
  private final Slice lowerBound;
  private final Slice upperBound;
  private final ReadOptions options;
  private final RocksIterator iterator;

  /** Both ends belong to the range. */
  EventIterator(
      RocksFiles files, ColumnFamilyHandle family, UUID eventType, EventId first, EventId last) {
    this.first = EventKeyCodec.key(eventType, first);
    this.last = EventKeyCodec.key(eventType, last);
    lowerBound = new Slice(this.first);
    upperBound = new Slice(EventKeyCodec.justAfter(this.last));
    options = new ReadOptions().setIterateLowerBound(lowerBound).setIterateUpperBound(upperBound);
    iterator = files.db().newIterator(family, options);
  }

  RocksIterator start(boolean ascending) {
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
