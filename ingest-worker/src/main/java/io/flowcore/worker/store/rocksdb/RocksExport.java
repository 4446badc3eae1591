package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
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

/** Reads the whole content of an embedded hot store, to migrate it. No worker may use the store. */
public final class RocksExport implements AutoCloseable {
  private final RocksFiles files;
  private final Clock clock;

  private RocksExport(RocksFiles files, Clock clock) {
    this.files = files;
    this.clock = clock;
  }

  /**
   * Opens the store in a directory.
   *
   * @throws StoreException with a message for the administrator, also if a worker uses the store
   */
  public static RocksExport open(Path directory, Clock clock) throws StoreException {
    return new RocksExport(RocksFiles.open(directory, Optional.empty()), clock);
  }

  private interface Access<T> {
    T run() throws RocksDBException, StoreException;
  }

  private static <T> T access(Access<T> access) throws StoreException {
    try {
      return access.run();
    } catch (RocksDBException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "the embedded store cannot be read: " + e.getMessage(), e);
    }
  }

  /** Returns the hours that contain events, sorted by event type and time. */
  public List<PendingHour> hours() throws StoreException {
    return access(() -> {
      List<PendingHour> hours = new ArrayList<>();
      try (RocksIterator events = files.db().newIterator(files.events())) {
        events.seekToFirst();
        while (events.isValid()) {
          PendingHour hour = EventKeyCodec.hour(events.key());
          hours.add(hour);
          events.seek(EventScan.firstKeyAfter(hour));
        }
        events.status();
      }
      return hours;
    });
  }

  /**
   * Events of an hour that are visible to readers, and the ids of damaged ones.
   *
   * @param next the first event of the next page; empty if there are no more events
   */
  public record Page(List<MovedEvent> events, List<EventId> damaged, Optional<EventId> next) {}

  /** Returns a page of the events of an hour, beginning at an id. */
  public Page page(PendingHour hour, EventId from, int limit) throws StoreException {
    return access(() -> {
      long now = clock.instant().getEpochSecond();
      List<MovedEvent> moved = new ArrayList<>();
      List<EventId> damaged = new ArrayList<>();
      EventRange range =
          new EventRange(from, EventId.last(hour.bucket().lastTick()), ReadOrder.ASCENDING);
      try (EventIterator iterator =
          new EventIterator(files, files.events(), hour.eventType(), range)) {
        RocksIterator events = iterator.start();
        while (events.isValid()) {
          EventId id = EventKeyCodec.id(events.key());
          if (moved.size() + damaged.size() == limit) {
            return new Page(moved, damaged, Optional.of(id));
          }
          boolean pending = files.db().get(files.pendingArchive(), events.key()) != null;
          Optional<StoredEvent> event =
              EventValueCodec.decode(hour.eventType(), id, events.value());
          if (event.isEmpty()) {
            damaged.add(id);
          } else if (pending || event.get().details().expiresAtSecond() > now) {
            moved.add(new MovedEvent(event.get(), pending));
          }
          events.next();
        }
        events.status();
      }
      return new Page(moved, damaged, Optional.empty());
    });
  }

  /** Receives manifest generations one at a time. */
  public interface GenerationVisitor {
    /** Receives the next generation; see {@link io.flowcore.worker.store.ManifestGenerations}. */
    void visit(byte[] scope, TimeBucket hour, long generation) throws StoreException;
  }

  /** Visits all manifest generations. */
  public void manifestGenerations(GenerationVisitor visitor) throws StoreException {
    access(() -> {
      try (RocksIterator iterator = files.db().newIterator(files.manifestGenerations())) {
        for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
          if (iterator.key().length == RocksManifestGenerations.KEY_LENGTH) {
            visitor.visit(
                RocksManifestGenerations.scope(iterator.key()),
                RocksManifestGenerations.hour(iterator.key()),
                ByteBuffer.wrap(iterator.value()).getLong());
          }
        }
        iterator.status();
      }
      return null;
    });
  }

  /** Receives idempotency records one at a time. */
  public interface IdempotencyRecordVisitor {
    /** Receives the next record that has not expired. */
    void visit(IdempotencyKey key, List<EventId> ids) throws StoreException;
  }

  /** Visits all idempotency records that have not expired. */
  public void idempotencyRecords(IdempotencyRecordVisitor visitor) throws StoreException {
    access(() -> {
      long now = clock.instant().getEpochSecond();
      try (RocksIterator iterator = files.db().newIterator(files.idempotencyRecords())) {
        for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
          Optional<IdempotencyRecord> found = IdempotencyRecordCodec.decode(iterator.value(), now);
          if (found.isPresent()) {
            visitor.visit(
                new IdempotencyKey(
                    IdempotencyRecords.requestKey(iterator.key()),
                    found.get().digest(),
                    IdempotencyRecordCodec.expiresAtSecond(iterator.value())),
                found.get().ids());
          }
        }
        iterator.status();
      }
      return null;
    });
  }

  /** Returns the instant, in ticks, that no read watermark of this store has passed. */
  public long reservation() throws StoreException {
    return access(() -> EventGroupWriter.reservation(files));
  }

  @Override
  public void close() {
    files.close();
  }
}
