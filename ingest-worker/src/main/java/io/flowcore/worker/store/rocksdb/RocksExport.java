package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.IdempotencyRecord;
import io.flowcore.worker.store.MovedEvent;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Everything that an embedded hot store holds, for another one. Its worker must have ended. */
public final class RocksExport implements AutoCloseable {
  private final RocksFiles files;
  private final Clock clock;

  private RocksExport(RocksFiles files, Clock clock) {
    this.files = files;
    this.clock = clock;
  }

  /**
   * Opens the store in a folder.
   *
   * @throws StoreException with a message for people, also if a worker has it
   */
  public static RocksExport open(Path folder, Clock clock) throws StoreException {
    return new RocksExport(RocksFiles.open(folder, Optional.empty()), clock);
  }

  private interface Read<T> {
    T run() throws RocksDBException, StoreException;
  }

  private static <T> T reading(Read<T> read) throws StoreException {
    try {
      return read.run();
    } catch (RocksDBException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "the embedded store can't be read: " + e.getMessage(), e);
    }
  }

  /** The hours that hold events, by event type and time. */
  public List<PendingHour> hours() throws StoreException {
    return reading(() -> {
      List<PendingHour> hours = new ArrayList<>();
      try (RocksIterator events = files.db().newIterator(files.events())) {
        events.seekToFirst();
        while (events.isValid()) {
          PendingHour hour = EventKeyCodec.hour(events.key());
          hours.add(hour);
          events.seek(EventScan.behind(hour));
        }
        events.status();
      }
      return hours;
    });
  }

  /**
   * Events of an hour that readers see or that wait, and the ids of damaged ones.
   *
   * @param next where the next page begins; empty at the end
   */
  public record Page(List<MovedEvent> events, List<EventId> damaged, Optional<EventId> next) {}

  /** Some events of an hour, from one on. */
  public Page page(PendingHour hour, EventId from, int limit) throws StoreException {
    return reading(() -> {
      long now = clock.instant().getEpochSecond();
      List<MovedEvent> moved = new ArrayList<>();
      List<EventId> damaged = new ArrayList<>();
      EventId last = EventId.last(hour.bucket().lastTick());
      try (EventCursor cursor =
          new EventCursor(files, files.events(), hour.eventType(), from, last)) {
        RocksIterator events = cursor.start(true);
        while (events.isValid()) {
          EventId id = EventKeyCodec.id(events.key());
          if (moved.size() + damaged.size() == limit) {
            return new Page(moved, damaged, Optional.of(id));
          }
          boolean waits = files.db().get(files.pending(), events.key()) != null;
          Optional<StoredEvent> event =
              EventValueCodec.decode(hour.eventType(), id, events.value());
          if (event.isEmpty()) {
            damaged.add(id);
          } else if (waits || event.get().details().expiresAtSecond() > now) {
            moved.add(new MovedEvent(event.get(), waits));
          }
          events.next();
        }
        events.status();
      }
      return new Page(moved, damaged, Optional.empty());
    });
  }

  /** Takes marks. */
  public interface MarkVisitor {
    /** A mark, as {@link io.flowcore.worker.store.HotStore#raiseGeneration} takes it. */
    void visit(byte[] scope, TimeBucket hour, long number) throws StoreException;
  }

  /** Visits all marks. */
  public void marks(MarkVisitor visitor) throws StoreException {
    reading(() -> {
      try (RocksIterator marks = files.db().newIterator(files.marks())) {
        for (marks.seekToFirst(); marks.isValid(); marks.next()) {
          if (marks.key().length == RocksManifestGenerations.KEY_LENGTH) {
            visitor.visit(
                RocksManifestGenerations.scope(marks.key()),
                RocksManifestGenerations.hour(marks.key()),
                ByteBuffer.wrap(marks.value()).getLong());
          }
        }
        marks.status();
      }
      return null;
    });
  }

  /** Takes receipts. */
  public interface ReceiptVisitor {
    /** A receipt that has not expired. */
    void visit(IdempotencyKey request, List<EventId> ids) throws StoreException;
  }

  /** Visits the receipts that count. */
  public void receipts(ReceiptVisitor visitor) throws StoreException {
    reading(() -> {
      long now = clock.instant().getEpochSecond();
      try (RocksIterator receipts = files.db().newIterator(files.receipts())) {
        for (receipts.seekToFirst(); receipts.isValid(); receipts.next()) {
          Optional<IdempotencyRecord> idempotencyRecord =
              IdempotencyRecordCodec.decode(receipts.value(), now);
          if (idempotencyRecord.isPresent()) {
            visitor.visit(
                new IdempotencyKey(
                    receipts.key(),
                    idempotencyRecord.get().digest(),
                    IdempotencyRecordCodec.expiresAtSecond(receipts.value())),
                idempotencyRecord.get().ids());
          }
        }
        receipts.status();
      }
      return null;
    });
  }

  /** The instant that no horizon of this store has passed, in ticks. */
  public long reservation() throws StoreException {
    return reading(() -> RocksHotStore.reserved(files));
  }

  @Override
  public void close() {
    files.close();
  }
}
