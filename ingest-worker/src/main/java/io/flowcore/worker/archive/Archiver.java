package io.flowcore.worker.archive;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events from the hot store to the archive, hour by hour: writes a segment, lets the store
 * verify it, commits it to the hour's manifest, and only then releases the hot copies. After a
 * crash between any two of these steps the same is done again; readers take an event that then
 * stands in two segments for one. Used by one thread.
 */
public final class Archiver {
  private static final Logger LOG = LoggerFactory.getLogger(Archiver.class);
  private static final int HOURS = 100;
  private static final int PAGE_EVENTS = 1_000;
  private static final int PAGE_BYTES = 4 << 20;

  private final HotStore hot;
  private final ColdArchive cold;
  private final Function<UUID, Optional<ArchivedType>> types;
  private final Settings settings;
  private final Clock clock;

  /**
   * How to archive.
   *
   * @param work a folder for segments being written
   * @param grace how long after its end an hour is given for events that are under way
   * @param maxSegmentBytes of lines in a segment, which bounds what is kept in memory of ids
   */
  public record Settings(Path work, Duration grace, long maxSegmentBytes) {
    /** Two minutes, and 64 MiB: about 200,000 events of 300 bytes. */
    public static Settings in(Path work) {
      return new Settings(work, Duration.ofMinutes(2), 64L << 20);
    }
  }

  /**
   * Connects a hot store and an archive.
   *
   * @param types what is known of an event type by its id
   */
  public Archiver(
      HotStore hot,
      ColdArchive cold,
      Function<UUID, Optional<ArchivedType>> types,
      Settings settings,
      Clock clock) {
    this.hot = hot;
    this.cold = cold;
    this.types = types;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Archives every hour that is over. An hour whose event type is not known, because it was
   * deleted, stays in the hot store.
   *
   * @return how many events were archived
   * @throws ArchiveException if the archive does not take them; what was archived before stays so
   * @throws StoreException if the hot store fails
   * @throws IOException if the folder for segments fails
   */
  public long run() throws ArchiveException, StoreException, IOException {
    long events = 0;
    Optional<PendingHour> after = Optional.empty();
    List<PendingHour> hours = hot.pendingHours(after, HOURS);
    while (!hours.isEmpty()) {
      for (PendingHour hour : hours) {
        Optional<ArchivedType> type = types.apply(hour.eventType());
        if (type.isPresent() && over(hour.bucket())) {
          events += archive(type.get(), hour.bucket());
        }
      }
      after = Optional.of(hours.getLast());
      hours = hot.pendingHours(after, HOURS);
    }
    return events;
  }

  private boolean over(TimeBucket bucket) {
    long end = bucket.lastTick() + settings.grace().toSeconds() * EventTime.PER_SECOND;
    return end < EventTime.toTicks(clock.instant());
  }

  private long archive(ArchivedType type, TimeBucket bucket)
      throws ArchiveException, StoreException, IOException {
    long events = 0;
    Optional<EventId> next = Optional.of(EventId.first(bucket.firstTick()));
    while (next.isPresent()) {
      Path file = settings.work().resolve(UUID.randomUUID() + ".ndjson.zst");
      List<EventId> ids = new ArrayList<>();
      try (SegmentWriter writer = new SegmentWriter(file)) {
        next = write(writer, type, bucket, next.get(), ids);
        if (!ids.isEmpty()) {
          publish(type, bucket, file, writer.finish(file.getFileName().toString()), ids);
          events += ids.size();
        }
      } finally {
        Files.deleteIfExists(file);
      }
    }
    return events;
  }

  /** Writes what waits, up to the size of a segment. Gives the place where the next one begins. */
  private Optional<EventId> write(
      SegmentWriter writer, ArchivedType type, TimeBucket bucket, EventId first, List<EventId> ids)
      throws StoreException, IOException {
    EventId last = EventId.last(bucket.lastTick());
    EventId next = first;
    while (writer.rawSize() < settings.maxSegmentBytes()) {
      EventPage page =
          hot.pending(
              new ReadRequest(
                  type.eventTypeId(), next, last, ReadOrder.ASCENDING, PAGE_EVENTS, PAGE_BYTES));
      for (StoredEvent event : page.events()) {
        writer.add(EventLine.of(event.id(), EventJson.bytes(type.names(), event)));
        ids.add(event.id());
        next = event.id().next();
      }
      if (page.damagedAt().isPresent()) {
        EventId damaged = page.damagedAt().get();
        LOG.error("The stored record of event {} is damaged; it is not archived", damaged);
        next = damaged.next();
      } else if (page.complete()) {
        return Optional.empty();
      }
    }
    return Optional.of(next);
  }

  private void publish(
      ArchivedType type, TimeBucket bucket, Path file, Segment segment, List<EventId> ids)
      throws ArchiveException, StoreException {
    cold.store()
        .put(type.segment(bucket, segment), file, HexFormat.of().parseHex(segment.sha256()));
    cold.commit(type, bucket, List.of(), List.of(segment));
    hot.archived(type.eventTypeId(), ids);
  }
}
