package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.store.EventValueCodec;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Decides which events of a range readers see: those whose TTL has not passed, and those that are
 * pending archive. Expired events that are not removed yet, of which there can be millions, are
 * compared with an iterator over the pending archive in the same order. Looking up each of them
 * would cost more than reading it. Used by one thread, for the keys of one range in its order.
 */
final class VisibleEvents implements AutoCloseable {
  /** An expired event of this size counts as two, because it is read from the disk. */
  private static final int BYTES_PER_SKIPPED = 1 << 10;

  private final RocksFiles files;
  private final UUID eventType;
  private final EventRange range;
  private final long nowSecond;

  /** Opened for the first expired event. */
  private Optional<EventIterator> pending = Optional.empty();

  private RocksIterator position;
  private int skipped;

  VisibleEvents(RocksFiles files, UUID eventType, EventRange range, long nowSecond) {
    this.files = files;
    this.eventType = eventType;
    this.range = range;
    this.nowSecond = nowSecond;
  }

  /** Returns whether readers see an event. If not, counts it as skipped. */
  boolean contains(byte[] key, byte[] value) throws RocksDBException {
    if (EventValueCodec.expiresAtSecond(value) > nowSecond || isPending(key)) {
      return true;
    }
    skipped += 1 + value.length / BYTES_PER_SKIPPED;
    return false;
  }

  /** Returns how many events were skipped; large ones count several times. */
  int skipped() {
    return skipped;
  }

  private boolean isPending(byte[] key) throws RocksDBException {
    if (pending.isEmpty()) {
      EventIterator iterator = new EventIterator(files, files.pendingArchive(), eventType, range);
      pending = Optional.of(iterator);
      position = iterator.start();
    }
    if (isBefore(key)) {
      if (range.order() == ReadOrder.ASCENDING) {
        position.seek(key);
      } else {
        position.seekForPrev(key);
      }
    }
    position.status();
    return position.isValid() && Arrays.equals(position.key(), key);
  }

  /**
   * Returns whether the pending event at the position is before a key, in the order of the read.
   */
  private boolean isBefore(byte[] key) {
    if (!position.isValid()) {
      return false;
    }
    int compared = EventKeyCodec.compare(position.key(), key);
    return range.order() == ReadOrder.ASCENDING ? compared < 0 : compared > 0;
  }

  @Override
  public void close() {
    pending.ifPresent(EventIterator::close);
  }
}
