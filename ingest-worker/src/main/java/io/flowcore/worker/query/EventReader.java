package io.flowcore.worker.query;

import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.StoreException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** The one way to events, for whoever reads them. */
public final class EventReader {
  /** Answers beyond this end at the event that crosses it, whatever the page size. */
  static final int MAX_PAGE_BYTES = 16 << 20;

  private final EventLog store;
  private final ArchiveLookup archives;
  private final MemoryBudget memory;

  /**
   * Reads from a hot store, and from an archive if there is one.
   *
   * @param memory what all queries together may hold
   */
  public EventReader(EventLog store, ArchiveLookup archives, MemoryBudget memory) {
    this.store = store;
    this.archives = archives;
    this.memory = memory;
  }

  /** Takes events as they come. */
  public interface EventSink<E extends Exception> {
    /** Takes the next ones. */
    void accept(EventRun events) throws E;
  }

  /**
   * Reads one page. It ends early where the store can't go on; the query of the next page is then
   * told why.
   *
   * @return the cursor of the next page, if there is more
   * @throws StoreException if the store can't read even the first event
   * @throws RequestRefused if there is no memory for another query
   * @throws E if the sink throws it
   */
  public <E extends Exception> Optional<EventId> read(EventQuery query, EventSink<E> sink)
      throws StoreException, E {
    EventId first = query.first();
    long readWatermark = store.readWatermark(query.timeBucket().lastTick());
    EventId last = query.last(readWatermark);
    boolean over = query.timeBucket().lastTick() <= readWatermark;
    if (first.compareTo(last) > 0) {
      return Optional.empty();
    }
    Optional<EventId> delivered = Optional.empty();
    try (MergedEvents merged =
        new MergedEvents(store, archives, query, first, last, over, memory)) {
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
   * Hours that hold events.
   *
   * @param next the hour at which the next page begins, if there is more
   */
  public record BucketPage(List<TimeBucket> buckets, Optional<TimeBucket> next) {}

  /** Lists the hours that hold events of any of some types. None lies in the future. */
  public BucketPage buckets(
      List<ResolvedEventType> eventTypes,
      TimeBucket from,
      TimeBucket to,
      ReadOrder order,
      int pageSize)
      throws StoreException {
    TimeBucket present = TimeBucket.ofTicks(store.readWatermark(to.lastTick()));
    TimeBucket end = to.compareTo(present) <= 0 ? to : present;
    if (from.compareTo(end) > 0) {
      return new BucketPage(List.of(), Optional.empty());
    }
    Comparator<TimeBucket> direction =
        order == ReadOrder.ASCENDING ? Comparator.naturalOrder() : Comparator.reverseOrder();
    TreeSet<TimeBucket> merged = new TreeSet<>(direction);
    for (ResolvedEventType type : eventTypes) {
      merged.addAll(store.buckets(type.eventType().id(), from, end, order, pageSize + 1));
      merged.addAll(archived(type, from, end));
      while (merged.size() > pageSize + 1) {
        merged.pollLast();
      }
    }
    List<TimeBucket> page = merged.stream().limit(pageSize).toList();
    return new BucketPage(page, merged.stream().skip(pageSize).findFirst());
  }

  private NavigableSet<TimeBucket> archived(ResolvedEventType type, TimeBucket from, TimeBucket to)
      throws StoreException {
    try {
      Optional<ColdArchive> archive = archives.find(type);
      return archive.isEmpty()
          ? Collections.emptyNavigableSet()
          : archive.get().hours(ArchivedTypes.of(type), from, to);
    } catch (ArchiveException e) {
      throw ColdSource.failed(e);
    }
  }
}
