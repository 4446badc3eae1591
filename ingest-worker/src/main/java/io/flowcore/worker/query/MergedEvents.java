package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.EventMerge;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The hot and archived events of several event types as one sequence in the order of a read, each
 * event once. Used by one thread.
 *
 * <p>While this reads, any worker may archive events and release their hot copies. The generation
 * of a manifest changes before hot copies are released: if it changed between reading the manifest
 * and reading the hot store, all sources are opened again after the last event returned.
 */
final class MergedEvents implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MIN_BUFFER_BYTES = 16 << 10;
  private static final int PAGE_EVENTS = 1_000;

  private final EventLog store;
  private final TimeBucket hour;
  private final boolean hourIsOver;
  private final MemoryBudget memory;
  private final HotSource.PageSize pageSize;
  private final List<TypeSources> types;
  private final EventMerge<StoreException, RunCursor<StoreException>> sources;
  private EventRange range;
  private MemoryBudget.Lease lease;

  /** The events of the last run, which are skipped before the next one. */
  private int delivered;

  /** An event type, its archive, and the generation of its manifest when it was opened. */
  private static final class TypeSources {
    private final ArchiveKeyLayout type;
    private final Optional<EventArchive> archive;
    private long openedGeneration;

    /** Whether the hot store was read since the generation was last compared. */
    private boolean hotStoreRead;

    TypeSources(ArchiveKeyLayout type, Optional<EventArchive> archive) {
      this.type = type;
      this.archive = archive;
    }

    long committedGeneration(TimeBucket hour) throws StoreException {
      try {
        return archive.isPresent() ? archive.get().committedGeneration(type, hour) : 0;
      } catch (ArchiveException e) {
        throw ArchiveSource.toStoreException(e);
      }
    }
  }

  /**
   * Opens all sources of a query.
   *
   * @param hourIsOver whether the hour is over, so that it may be archived
   * @throws StoreException if a source cannot be read
   * @throws io.flowcore.worker.error.ApiException if the memory budget is exhausted
   */
  MergedEvents(
      EventLog store,
      ArchiveLookup archives,
      EventQuery query,
      EventRange range,
      boolean hourIsOver,
      MemoryBudget memory)
      throws StoreException {
    this.store = store;
    this.hour = query.timeBucket();
    this.hourIsOver = hourIsOver;
    this.range = range;
    this.memory = memory;
    types = types(query, archives);
    pageSize =
        new HotSource.PageSize(
            Math.min(PAGE_EVENTS, query.pageSize()),
            Math.max(MIN_BUFFER_BYTES, BUFFER_BYTES / types.size()));
    sources = new EventMerge<>(range.order());
    lease = memory.lease();
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

  private static List<TypeSources> types(EventQuery query, ArchiveLookup archives)
      throws StoreException {
    List<TypeSources> types = new ArrayList<>();
    for (ResolvedEventType type : query.eventTypes()) {
      try {
        types.add(new TypeSources(ArchiveKeyLayouts.forEventType(type), archives.find(type)));
      } catch (ArchiveException e) {
        throw ArchiveSource.toStoreException(e);
      }
    }
    return types;
  }

  private void open() throws StoreException {
    do {
      lease.close();
      lease = memory.lease();
      sources.clear();
      for (TypeSources type : types) {
        type.openedGeneration = type.committedGeneration(hour);
        // The current hour is not archived, and so can be read while the archive is unavailable.
        if (type.archive.isPresent() && (hourIsOver || type.openedGeneration > 0)) {
          openArchive(type.archive.get(), type.type);
        }
        sources.add(
            new HotSource(
                store, type.type, range, pageSize, lease, () -> type.hotStoreRead = true));
      }
      sources.findHead();
    } while (generationChanged());
  }

  private void openArchive(EventArchive archive, ArchiveKeyLayout type) throws StoreException {
    try {
      Optional<ArchiveCursor> events = archive.events(type, hour, range, new LeasedMemory(lease));
      if (events.isPresent()) {
        sources.add(new ArchiveSource(events.get(), () -> archive.invalidate(type, hour)));
      }
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.MISSING) {
        archive.invalidate(type, hour);
      }
      throw ArchiveSource.toStoreException(e);
    }
  }

  /** Counts frames as memory of the query. */
  private record LeasedMemory(MemoryBudget.Lease lease) implements MemoryAccounting {
    @Override
    public void reserve(long bytes) {
      lease.take(bytes);
    }

    @Override
    public void release(long bytes) {
      lease.giveBack(bytes);
    }
  }

  /** Returns whether events may have been archived before the last reads of the hot store. */
  private boolean generationChanged() throws StoreException {
    for (TypeSources type : types) {
      if (type.hotStoreRead) {
        type.hotStoreRead = false;
        if (type.openedGeneration != type.committedGeneration(hour)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Skips the events of the last run.
   *
   * @return whether there is another event
   * @throws StoreException if a source cannot be read
   * @throws io.flowcore.worker.error.ApiException if the memory budget is exhausted
   */
  boolean advance() throws StoreException {
    if (delivered > 0) {
      range = range.after(sources.skip(delivered));
      delivered = 0;
      if (generationChanged()) {
        open();
      }
    }
    return sources.head().isPresent();
  }

  /**
   * Returns the next event and the events that follow it without a gap, in the form in which a
   * query returns them.
   *
   * @param events the maximum number of events
   * @param bytes the run ends at the event that reaches this size
   * @throws StoreException if the next event is damaged
   */
  EventRun run(int events, long bytes) throws StoreException {
    RunLimit limit = sources.limit(new RunLimit(events, bytes, Optional.empty()));
    EventRun run = sources.head().orElseThrow().run(limit);
    delivered = run.count();
    return run;
  }

  @Override
  public void close() {
    lease.close();
  }
}
