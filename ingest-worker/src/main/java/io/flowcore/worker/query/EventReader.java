package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.limit.FairBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Reads events and time buckets. Queries merge hot and archived events. */
public final class EventReader {
  /** A page ends at the event that reaches this size, whatever the page size. */
  static final int MAX_PAGE_BYTES = 16 << 20;

  /** Longer than a response takes to a client that may leave the hour when it arrives. */
  private static final long TURN_TICKS = EventTime.PER_SECOND;

  private static final Duration TURN_PAUSE = Duration.ofMillis(100);

  /** What is written to a client at once: a page can end after each run. */
  private static final int MAX_RUN_BYTES = 256 << 10;

  /** The part of the memory of all queries that a selection of events uses at most. */
  private static final int SELECTION_DIVISOR = 8;

  /** How long a page waits for its client. Most clients receive a page within a second. */
  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final EventLog store;
  private final ArchiveLookup archives;
  private final FairBudget memory;
  private final Clock clock;
  private final LongSupplier nanoTime;

  /**
   * Creates a reader of a hot store and archives.
   *
   * @param memory shared by all queries
   * @param clock decides whether an hour is over, or about to be: the time that clients have too.
   *     The store may lag behind it after a jump, and dates events in an hour that is over
   */
  public EventReader(EventLog store, ArchiveLookup archives, FairBudget memory, Clock clock) {
    this(store, archives, memory, clock, System::nanoTime);
  }

  /** Creates a reader that measures with a monotonic clock how long it waits for clients. */
  EventReader(
      EventLog store,
      ArchiveLookup archives,
      FairBudget memory,
      Clock clock,
      LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.store = store;
    this.archives = archives;
    this.memory = memory;
    this.clock = clock;
  }

  /** Receives the events of a page. */
  public interface EventSink<E extends Exception> {
    /** Receives the next events. */
    void accept(EventRun events) throws E;
  }

  /**
   * Reads one page. If the store fails after the first event, the page ends early, and the query
   * for the next page reports the failure. A page also ends early if the client reads it slowly, so
   * that a slow client does not use memory for long, and after {@value
   * ReadRequest#DEFAULT_MAX_SKIPPED} expired events that are not removed yet, even if it is empty.
   *
   * <p>Readers of one hour after another leave an hour when a page has no cursor. So in ascending
   * order a page without further events has a cursor nevertheless, if the hour is over or ends
   * within a second, and events of that hour may still be acknowledged.
   *
   * @param key the WebhookKey that uses the memory
   * @return the cursor of the next page; empty if there are no more events
   * @throws StoreException if the store cannot read the first event
   * @throws ApiException if the memory budget is exhausted
   * @throws E if the sink throws it
   */
  public <E extends Exception> Optional<EventId> read(
      EventQuery query, String key, EventSink<E> sink) throws StoreException, E {
    long readWatermark = store.readWatermark(query.timeBucket().lastTick());
    EventRange range = query.range(readWatermark);
    boolean hourIsOver = query.timeBucket().lastTick() <= readWatermark;
    Optional<EventId> delivered = Optional.empty();
    if (range.isEmpty()) {
      return end(query, readWatermark, delivered);
    }
    try (PageEvents page = open(query, range, hourIsOver, memory.lease(key))) {
      long waitedNanos = 0;
      int events = query.pageSize();
      long bytes = MAX_PAGE_BYTES;
      while (true) {
        EventRun run;
        try {
          if (!page.advance()) {
            return page.isComplete() ? end(query, readWatermark, delivered) : delivered;
          }
          if (events == 0 || bytes <= 0 || waitedNanos > MAX_WAIT_NANOS) {
            return delivered;
          }
          run = page.run(events, Math.min(bytes, MAX_RUN_BYTES));
        } catch (StoreException | ApiException e) {
          if (delivered.isPresent()) {
            return delivered;
          }
          throw e;
        }
        long started = nanoTime.getAsLong();
        sink.accept(run);
        waitedNanos += nanoTime.getAsLong() - started;
        events -= run.count();
        bytes -= run.length();
        delivered = Optional.of(run.last());
      }
    } catch (SkipLimitException e) {
      return Optional.of(e.position());
    }
  }

  /** Returns the cursor of a page without further events up to the read watermark. */
  private Optional<EventId> end(EventQuery query, long readWatermark, Optional<EventId> delivered) {
    boolean mayGrow = query.order().isAscending() && !query.endsBy(readWatermark);
    if (!mayGrow
        || query.timeBucket().lastTick() > EventTime.toTicks(clock.instant()) + TURN_TICKS) {
      return Optional.empty();
    }
    if (delivered.isEmpty()) {
      // The client repeats the query at once.
      LockSupport.parkNanos(TURN_PAUSE.toNanos());
    }
    return Optional.of(delivered.orElseGet(query::beforeFirst));
  }

  /**
   * Opens the events of a query. Merging its sources is fastest, but needs memory for each of them.
   * A query with too many sources for that selects the first events of all sources instead.
   */
  private PageEvents open(
      EventQuery query, EventRange range, boolean hourIsOver, FairBudget.Lease lease)
      throws StoreException {
    try {
      return new MergedEvents(store, archives, query, range, hourIsOver, lease);
    } catch (ApiException tooManySources) {
      long maxBytes = Math.min(MAX_PAGE_BYTES, memory.limit() / SELECTION_DIVISOR);
      return new SelectedEvents(
          store,
          QueriedType.of(query, archives),
          new SelectedEvents.Settings(query.pageSize(), maxBytes, hourIsOver),
          range,
          lease);
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
      merged.addAll(archivedHours(type, from, end, order, pageSize + 1));
      while (merged.size() > pageSize + 1) {
        merged.pollLast();
      }
    }
    List<TimeBucket> page = merged.stream().limit(pageSize).toList();
    return new BucketPage(page, merged.stream().skip(pageSize).findFirst());
  }

  private List<TimeBucket> archivedHours(
      ResolvedEventType type, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws StoreException {
    try {
      Optional<EventArchive> archive = archives.find(type);
      return archive.isEmpty()
          ? List.of()
          : archive.get().hours(ArchiveKeyLayouts.forEventType(type), from, to, order, limit);
    } catch (ArchiveException e) {
      throw ArchiveSource.toStoreException(e);
    }
  }
}
