package io.flowcore.worker.query;

import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Several event types, hot and archived, as one sequence in the order of ids, each event once.
 *
 * <p>While this reads, events may go from hot to cold, by this worker or another. Each commit to an
 * archive is known before hot copies go: if one came between the look into a manifest and a look
 * into the hot store, all places are opened anew behind the event that was delivered last. Used by
 * one thread.
 */
final class MergedEvents implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MIN_BUFFER_BYTES = 16 << 10;
  private static final int PAGE_EVENTS = 1_000;

  /** An event type, its archive, and what of that was committed when it was opened. */
  private static final class Place {
    private final ArchiveKeyLayout type;
    private final Optional<ColdArchive> cold;
    private long committed;

    /** The hot store was read since the last comparison. */
    private boolean looked;

    Place(ArchiveKeyLayout type, Optional<ColdArchive> cold) {
      this.type = type;
      this.cold = cold;
    }

    long committed(TimeBucket bucket) throws StoreException {
      try {
        return cold.isPresent() ? cold.get().committed(type, bucket) : 0;
      } catch (ArchiveException e) {
        throw ColdSource.failed(e);
      }
    }
  }

  private final EventLog store;
  private final List<Place> places;
  private final EventQuery query;
  private final MemoryBudget memory;
  private final HotSource.PageSize pageSize;
  private final PriorityQueue<EventSource> sources;
  private final boolean over;
  private EventId first;
  private EventId last;
  private MemoryBudget.Lease lease;
  private Optional<EventSource> current = Optional.empty();
  private Optional<EventRun> delivered = Optional.empty();

  /**
   * Opens every place where events of a query may be.
   *
   * @param over whether the hour is over, so that it may be archived
   * @throws StoreException if one can't be read
   * @throws RequestRefused if there is no memory left for it
   */
  MergedEvents(
      EventLog store,
      ArchiveLookup archives,
      EventQuery query,
      EventId first,
      EventId last,
      boolean over,
      MemoryBudget memory)
      throws StoreException {
    this.over = over;
    this.store = store;
    this.query = query;
    this.first = first;
    this.last = last;
    this.memory = memory;
    places = places(query, archives);
    lease = memory.lease();
    int types = query.eventTypes().size();
    pageSize =
        new HotSource.PageSize(
            Math.min(PAGE_EVENTS, query.pageSize()),
            Math.max(MIN_BUFFER_BYTES, BUFFER_BYTES / types));
    Comparator<EventSource> byId = Comparator.comparing(EventSource::headId);
    sources =
        new PriorityQueue<>(
            2 * types, (ascending() ? byId : byId.reversed()).thenComparingInt(EventSource::rank));
    boolean opened = false;
    try {
      open();
      opened = true;
    } finally {
      if (!opened) {
        lease.close();
      }
    }
  }

  private static List<Place> places(EventQuery query, ArchiveLookup archives)
      throws StoreException {
    List<Place> places = new ArrayList<>();
    for (ResolvedEventType route : query.eventTypes()) {
      try {
        places.add(new Place(ArchivedTypes.of(route), archives.find(route)));
      } catch (ArchiveException e) {
        throw ColdSource.failed(e);
      }
    }
    return places;
  }

  private boolean ascending() {
    return query.order() == ReadOrder.ASCENDING;
  }

  private void open() throws StoreException {
    do {
      lease.close();
      lease = memory.lease();
      sources.clear();
      for (Place place : places) {
        place.committed = place.committed(query.timeBucket());
        // An archive that is away is no matter for the present hour.
        if (place.cold.isPresent() && (over || place.committed > 0)) {
          openCold(place.cold.get(), place.type);
        }
        enqueue(
            new HotSource(
                store,
                place.type.eventTypeId(),
                place.type.names(),
                first,
                last,
                query.order(),
                pageSize,
                lease,
                () -> place.looked = true));
      }
    } while (moved());
  }

  private void openCold(ColdArchive cold, ArchiveKeyLayout type) throws StoreException {
    TimeBucket bucket = query.timeBucket();
    try {
      Optional<ArchiveCursor> events =
          cold.events(type, bucket, first, last, ascending(), new Held(lease));
      if (events.isPresent()) {
        enqueue(new ColdSource(events.get(), () -> cold.forget(type, bucket)));
      }
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.MISSING) {
        cold.forget(type, bucket);
      }
      throw ColdSource.failed(e);
    }
  }

  /** Frames count as the query's memory. */
  private record Held(MemoryBudget.Lease lease) implements MemoryAccounting {
    @Override
    public void take(long bytes) {
      lease.take(bytes);
    }

    @Override
    public void giveBack(long bytes) {
      lease.giveBack(bytes);
    }
  }

  /** Whether events may have gone from hot to cold before the last looks into the hot store. */
  private boolean moved() throws StoreException {
    for (Place place : places) {
      if (place.looked) {
        place.looked = false;
        if (place.committed != place.committed(query.timeBucket())) {
          return true;
        }
      }
    }
    return false;
  }

  private void enqueue(EventSource source) throws StoreException {
    if (source.fill()) {
      sources.add(source);
    }
  }

  /**
   * Goes behind what {@link #run} gave, to the first event at first. False at the end.
   *
   * @throws StoreException if a place can't be read
   * @throws RequestRefused if there is no memory left
   */
  boolean advance() throws StoreException {
    if (delivered.isPresent()) {
      leave(current.orElseThrow(), delivered.get());
      delivered = Optional.empty();
    }
    current = Optional.ofNullable(sources.poll());
    return current.isPresent();
  }

  /** Leaves events behind, in every place where they stand. */
  private void leave(EventSource source, EventRun run) throws StoreException {
    if (ascending()) {
      first = run.last().next();
    } else {
      last = run.last().previous();
    }
    source.leave(run.count());
    enqueue(source);
    while (!sources.isEmpty() && sources.peek().headId().equals(run.last())) {
      EventSource same = sources.remove();
      same.leave(1);
      enqueue(same);
    }
    if (moved()) {
      open();
    }
  }

  /**
   * The current event and what follows it, as the query answers them.
   *
   * @param events at most so many
   * @param bytes ends at the event that crosses them
   * @throws StoreException if the current event is damaged
   */
  EventRun run(int events, long bytes) throws StoreException {
    RunLimit limit =
        new RunLimit(events, bytes, Optional.ofNullable(sources.peek()).map(EventSource::headId));
    EventRun run = current.orElseThrow().run(limit);
    delivered = Optional.of(run);
    return run;
  }

  @Override
  public void close() {
    lease.close();
  }
}
