package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The first events of a query with more sources than fit in memory. Reads one source after the
 * other and keeps the events that come first, so memory does not depend on the number of sources.
 * Reads a frame of each overlapping segment for every page. Used by one thread.
 */
final class SelectedEvents implements PageEvents {
  /** Memory per event in addition to its bytes: the array, the id, and an entry of the map. */
  private static final int EVENT_OVERHEAD = 128;

  private static final HotSource.PageSize HOT_PAGE =
      new HotSource.PageSize(1_000, 256 << 10, 10_000);
  private static final RunLimit ONE_EVENT = new RunLimit(1, Integer.MAX_VALUE, Optional.empty());

  private final EventLog store;
  private final Settings settings;
  private final EventRange range;
  private final FairBudget.Lease lease;
  private final Comparator<EventId> order;
  private final NavigableMap<EventId, byte[]> selected;
  private final SourceMemory sourceMemory = new SourceMemory();
  private long selectedBytes;

  /** Of the source that is being read. */
  private Optional<EventId> lastRead = Optional.empty();

  /** The events from this one on, in the order of the read, are not selected. */
  private Optional<EventId> end = Optional.empty();

  /** Why the event at the end could not be read. */
  private Optional<Exception> failure = Optional.empty();

  private boolean delivered;

  /**
   * What is selected.
   *
   * @param maxEvents the maximum number of events
   * @param maxBytes the maximum memory of the events in bytes; one event is always selected
   * @param hourIsOver whether the hour is over, so that it may be archived
   */
  record Settings(int maxEvents, long maxBytes, boolean hourIsOver) {}

  /**
   * Reads all sources.
   *
   * @param lease what the query uses; closed with this
   * @throws StoreException if a source cannot be read before its first event
   * @throws ApiException if there is not enough memory for one source
   */
  SelectedEvents(
      EventLog store,
      List<QueriedType> types,
      Settings settings,
      EventRange range,
      FairBudget.Lease lease)
      throws StoreException {
    this.store = store;
    this.settings = settings;
    this.range = range;
    this.lease = lease;
    order = range.order().comparator();
    selected = new TreeMap<>(order);
    boolean complete = false;
    try {
      lease.takeWithoutCap(settings.maxBytes());
      select(types);
      lease.changeTo(selectedBytes);
      complete = true;
    } finally {
      if (!complete) {
        lease.close();
      }
    }
  }

  private void select(List<QueriedType> types) throws StoreException {
    for (QueriedType type : types) {
      do {
        Optional<EventArchive> archive = type.open(settings.hourIsOver());
        if (archive.isPresent()) {
          selectArchived(archive.get(), type);
        }
        selectHot(type);
      } while (type.generationChanged());
    }
    if (selected.isEmpty() && failure.isPresent()) {
      if (failure.get() instanceof StoreException e) {
        throw e;
      }
      throw (RuntimeException) failure.get();
    }
  }

  private void selectArchived(EventArchive archive, QueriedType type) throws StoreException {
    for (Segment segment : overlapping(archive, type)) {
      EventId start = start(segment, range).orElseThrow();
      if (isBeyondEnd(start)) {
        return;
      }
      Runnable onMissing = () -> archive.invalidate(type.layout(), type.hour());
      lastRead = Optional.empty();
      try {
        selectFrom(
            ArchiveSource.open(
                () ->
                    archive.events(
                        type.layout(), type.hour(), List.of(segment), range, sourceMemory),
                onMissing));
      } catch (StoreException | ApiException e) {
        fail(start(segment, rest()).orElse(first(rest())), e);
      } finally {
        sourceMemory.releaseAll();
      }
    }
  }

  /** Returns the segments with events in the range, in the order in which they begin. */
  private List<Segment> overlapping(EventArchive archive, QueriedType type) throws StoreException {
    List<Segment> segments = new ArrayList<>();
    try {
      archive
          .manifest(type.layout(), type.hour())
          .map(Manifest::segments)
          .orElse(List.of())
          .stream()
          .filter(segment -> start(segment, range).isPresent())
          .forEach(segments::add);
    } catch (ArchiveException e) {
      throw ArchiveSource.toStoreException(e);
    }
    segments.sort(Comparator.comparing(segment -> start(segment, range).orElseThrow(), order));
    return segments;
  }

  /** Returns where the first frame of a segment that overlaps a range begins. */
  private static Optional<EventId> start(Segment segment, EventRange range) {
    List<Frame> frames = range.isAscending() ? segment.frames() : segment.frames().reversed();
    for (Frame frame : frames) {
      // An id that is not valid is reported when the frame is read.
      EventId from = EventId.parse(frame.first()).orElse(range.first());
      EventId to = EventId.parse(frame.last()).orElse(range.last());
      if (range.overlaps(from, to)) {
        EventId start = range.isAscending() ? from : to;
        return Optional.of(range.contains(start) ? start : first(range));
      }
    }
    return Optional.empty();
  }

  private static EventId first(EventRange range) {
    return range.isAscending() ? range.first() : range.last();
  }

  /** Returns the range after the last event that was read from the current source. */
  private EventRange rest() {
    return lastRead.map(range::after).orElse(range);
  }

  private void selectHot(QueriedType type) {
    lastRead = Optional.empty();
    try {
      selectFrom(
          new HotSource(store, type.layout(), range, HOT_PAGE, sourceMemory, type::hotStoreRead));
    } catch (SkipLimitException e) {
      fail(first(range.after(e.position())), e);
    } catch (StoreException | ApiException e) {
      fail(first(rest()), e);
    } finally {
      sourceMemory.releaseAll();
    }
  }

  private void selectFrom(RunCursor<StoreException> source) throws StoreException {
    while (source.hasNext()) {
      EventId id = source.headId();
      if (isBeyondEnd(id)) {
        return;
      }
      // A copy from the archive is first. The hot copy may be damaged, which only its run reports.
      if (!selected.containsKey(id)) {
        add(id, source.run(ONE_EVENT));
      }
      lastRead = Optional.of(id);
      var _ = source.skip(1);
    }
  }

  private boolean isBeyondEnd(EventId id) {
    return end.isPresent() && order.compare(id, end.get()) >= 0;
  }

  private void add(EventId id, EventRun run) {
    byte[] event = Arrays.copyOfRange(run.json(), run.offset(), run.offset() + run.length());
    selected.put(id, event);
    selectedBytes += memory(event);
    while (selected.size() > 1
        && (selected.size() > settings.maxEvents() || selectedBytes > settings.maxBytes())) {
      Map.Entry<EventId, byte[]> last = selected.pollLastEntry();
      selectedBytes -= memory(last.getValue());
      end = Optional.of(last.getKey());
      failure = Optional.empty();
    }
  }

  private static long memory(byte[] event) {
    return event.length + (long) EVENT_OVERHEAD;
  }

  /** Ends the selection before an event that cannot be read. */
  private void fail(EventId at, Exception cause) {
    if (isBeyondEnd(at)) {
      return;
    }
    NavigableMap<EventId, byte[]> after = selected.tailMap(at, true);
    selectedBytes -= after.values().stream().mapToLong(SelectedEvents::memory).sum();
    after.clear();
    end = Optional.of(at);
    failure = Optional.of(cause);
  }

  /**
   * Memory of the source that is being read, in addition to the selected events. What one source
   * has used is kept for the next one: another query could take it otherwise.
   */
  private final class SourceMemory implements MemoryAccounting {
    private long kept;
    private long inUse;

    @Override
    public void reserve(long bytes) {
      long more = inUse + bytes - kept;
      if (more > 0) {
        lease.takeWithoutCap(more);
        kept += more;
      }
      inUse += bytes;
    }

    @Override
    public void release(long bytes) {
      inUse -= bytes;
    }

    void releaseAll() {
      inUse = 0;
    }
  }

  @Override
  public boolean advance() {
    if (delivered) {
      lease.giveBack(memory(selected.pollFirstEntry().getValue()));
      delivered = false;
    }
    return !selected.isEmpty();
  }

  @Override
  public boolean isComplete() {
    return end.isEmpty();
  }

  @Override
  public EventRun run(int events, long bytes) {
    delivered = true;
    return EventRun.single(selected.firstKey(), selected.firstEntry().getValue());
  }

  @Override
  public void close() {
    lease.close();
  }
}
