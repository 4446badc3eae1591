package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventMerge;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
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
final class MergedEvents implements PageEvents {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MIN_BUFFER_BYTES = 16 << 10;
  private static final int PAGE_EVENTS = 1_000;

  /** Expired events that are skipped per event type, however many event types a query has. */
  private static final int MIN_SKIPPED = 1_000;

  private final EventLog store;
  private final TimeBucket hour;
  private final boolean hourIsOver;
  private final HotSource.PageSize pageSize;
  private final List<QueriedType> types;
  private final EventMerge<StoreException, RunCursor<StoreException>> sources;
  private EventRange range;
  private final FairBudget.Lease lease;

  /** The events of the last run, which are skipped before the next one. */
  private int delivered;

  /**
   * Opens all sources of a query.
   *
   * @param lease what the query uses; closed with this
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
      FairBudget.Lease lease)
      throws StoreException {
    this.store = store;
    this.hour = query.timeBucket();
    this.hourIsOver = hourIsOver;
    this.range = range;
    this.lease = lease;
    types = QueriedType.of(query, archives);
    pageSize =
        new HotSource.PageSize(
            Math.min(PAGE_EVENTS, query.pageSize()),
            Math.max(MIN_BUFFER_BYTES, BUFFER_BYTES / types.size()),
            Math.max(MIN_SKIPPED, ReadRequest.DEFAULT_MAX_SKIPPED / types.size()));
    sources = new EventMerge<>(range.order());
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

  private void open() throws StoreException {
    do {
      lease.close();
      sources.clear();
      for (QueriedType type : types) {
        Optional<EventArchive> archive = type.open(hourIsOver);
        if (archive.isPresent()) {
          openArchive(archive.get(), type.layout());
        }
        sources.add(
            new HotSource(
                store,
                type.layout(),
                range,
                pageSize,
                new LeasedMemory(lease),
                type::hotStoreRead));
      }
      sources.findHead();
    } while (generationChanged());
  }

  private void openArchive(EventArchive archive, ArchiveKeyLayout type) throws StoreException {
    Runnable onMissing = () -> archive.invalidate(type, hour);
    try {
      Optional<ArchiveCursor> events = archive.events(type, hour, range, new LeasedMemory(lease));
      if (events.isPresent()) {
        sources.add(new ArchiveSource(events.get(), onMissing));
      }
    } catch (ArchiveException e) {
      throw ArchiveSource.toStoreException(e, onMissing);
    }
  }

  /** Counts what sources have read as memory of the query. */
  private record LeasedMemory(FairBudget.Lease lease) implements MemoryAccounting {
    @Override
    public void reserve(long bytes) {
      lease.take(bytes);
    }

    @Override
    public void release(long bytes) {
      lease.giveBack(bytes);
    }
  }

  private boolean generationChanged() throws StoreException {
    for (QueriedType type : types) {
      if (type.generationChanged()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean advance() throws StoreException {
    if (delivered > 0) {
      range = range.after(sources.skip(delivered));
      delivered = 0;
      if (generationChanged()) {
        open();
      }
    }
    return sources.head().isPresent();
  }

  @Override
  public boolean isComplete() {
    return true;
  }

  @Override
  public EventRun run(int events, long bytes) throws StoreException {
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
