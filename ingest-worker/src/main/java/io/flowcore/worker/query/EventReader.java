package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.StoreException;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** Reads events and time buckets. Queries merge hot and archived events. */
public final class EventReader {
  /** A page ends at the event that reaches this size, whatever the page size. */
  static final int MAX_PAGE_BYTES = 16 << 20;

  private final EventLog store;
  private final ArchiveLookup archives;
  private final MemoryBudget memory;

  /**
   * Creates a reader of a hot store and archives.
   *
   * @param memory shared by all queries
   */
  public EventReader(EventLog store, ArchiveLookup archives, MemoryBudget memory) {
    this.store = store;
    this.archives = archives;
    this.memory = memory;
  }

  /** Receives the events of a page. */
  public interface EventSink<E extends Exception> {
    /** Receives the next events. */
    void accept(EventRun events) throws E;
  }

  /**
   * Reads one page. If the store fails after the first event, the page ends early, and the query
   * for the next page reports the failure.
   *
   * @return the cursor of the next page; empty if there are no more events
   * @throws StoreException if the store cannot read the first event
   * @throws ApiException if the memory budget is exhausted
   * @throws E if the sink throws it
   */
  public <E extends Exception> Optional<EventId> read(EventQuery query, EventSink<E> sink)
      throws StoreException, E {
    long readWatermark = store.readWatermark(query.timeBucket().lastTick());
    EventRange range = query.range(readWatermark);
    boolean hourIsOver = query.timeBucket().lastTick() <= readWatermark;
    if (range.isEmpty()) {
      return Optional.empty();
    }
    Optional<EventId> delivered = Optional.empty();
    try (MergedEvents merged =
        new MergedEvents(store, archives, query, range, hourIsOver, memory)) {
      int events = query.pageSize();
      long bytes = MAX_PAGE_BYTES;
      while (true) {
        EventRun run;
        try {
          if (!merged.advance()) {
            return Optional.empty();
          }
          if (events == 0 || bytes <= 0) {
            return delivered;
          }
          run = merged.run(events, bytes);
        } catch (StoreException | ApiException e) {
          if (delivered.isPresent()) {
            return delivered;
          }
          throw e;
        }
        sink.accept(run);
        events -= run.count();
        bytes -= run.length();
        delivered = Optional.of(run.last());
      }
    }
  }

  /**
   * Hours that contain events.
   *
   * @param next the first hour of the next page; empty if there are no more hours
   */
  public record BucketPage(List<TimeBucket> buckets, Optional<TimeBucket> next) {}

  /**
   * Lists the hours that contain events of at least one of several types, up to the current hour.
   *
   * @param from the first hour, inclusive
   * @param to the last hour, inclusive
   * @throws StoreException if the hot store or an archive cannot be read
   */
  public BucketPage buckets(
      List<ResolvedEventType> eventTypes,
      TimeBucket from,
      TimeBucket to,
      ReadOrder order,
      int pageSize)
      throws StoreException {
    TimeBucket current = TimeBucket.ofTicks(store.readWatermark(to.lastTick()));
    TimeBucket end = to.compareTo(current) <= 0 ? to : current;
    if (from.compareTo(end) > 0) {
      return new BucketPage(List.of(), Optional.empty());
    }
    TreeSet<TimeBucket> merged = new TreeSet<>(order.<TimeBucket>comparator());
    for (ResolvedEventType type : eventTypes) {
      merged.addAll(store.buckets(type.eventType().id(), from, end, order, pageSize + 1));
      merged.addAll(archivedHours(type, from, end));
      while (merged.size() > pageSize + 1) {
        merged.pollLast();
      }
    }
    List<TimeBucket> page = merged.stream().limit(pageSize).toList();
    return new BucketPage(page, merged.stream().skip(pageSize).findFirst());
  }

  private NavigableSet<TimeBucket> archivedHours(
      ResolvedEventType type, TimeBucket from, TimeBucket to) throws StoreException {
    try {
      Optional<EventArchive> archive = archives.find(type);
      return archive.isEmpty()
          ? Collections.emptyNavigableSet()
          : archive.get().hours(ArchiveKeyLayouts.forEventType(type), from, to);
    } catch (ArchiveException e) {
      throw ArchiveSource.toStoreException(e);
    }
  }
}
