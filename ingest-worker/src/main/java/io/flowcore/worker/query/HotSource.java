package io.flowcore.worker.query;

import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.EventNames;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunCursor;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.util.List;

/**
 * Reads the events of one type from the hot store in small pages. Keeps no iterator open between
 * pages, so that a slow client holds no resources of the store. Used by one thread.
 */
final class HotSource implements RunCursor<StoreException> {
  private final EventLog store;
  private final ArchiveKeyLayout type;
  private final PageSize pageSize;
  private final MemoryAccounting memory;
  private final Runnable onRead;

  /** One for all events, since each of them contains it. */
  private final EventNames names;

  /** The range that is not skipped yet. */
  private EventRange range;

  private EventPage page = EventPage.more(List.of());
  private long pageBytes;
  private int position;

  /** Whether no other copy of the skipped event at which the page stopped comes first. */
  private boolean stopIsHead;

  /** How many expired events may still be skipped before the page of the query ends. */
  private int mayBeSkipped;

  /**
   * The maximum size of a page.
   *
   * @param skipped how many expired events are skipped between two events, or before the end
   */
  record PageSize(int events, int bytes, int skipped) {}

  /**
   * Creates a source and reads nothing yet.
   *
   * @param onRead called after each read of the store
   */
  HotSource(
      EventLog store,
      ArchiveKeyLayout type,
      EventRange range,
      PageSize pageSize,
      MemoryAccounting memory,
      Runnable onRead) {
    this.store = store;
    this.type = type;
    names = type.names();
    this.range = range;
    this.pageSize = pageSize;
    mayBeSkipped = pageSize.skipped();
    this.memory = memory;
    this.onRead = onRead;
  }

  /** Reads the next page if no event is in memory. */
  @Override
  public boolean hasNext() throws StoreException {
    if (position < page.events().size() || isAtDamage() || isAtStop()) {
      return true;
    }
    if (page.complete()) {
      return false;
    }
    memory.release(pageBytes);
    pageBytes = 0;
    page =
        store.read(
            new ReadRequest(
                type.eventTypeId(), range, pageSize.events(), pageSize.bytes(), mayBeSkipped));
    mayBeSkipped = Math.max(1, mayBeSkipped - page.skipped());
    position = 0;
    onRead.run();
    long bytes = page.events().stream().mapToLong(StoredEvent::size).sum();
    memory.reserve(bytes);
    pageBytes = bytes;
    return !page.events().isEmpty() || isAtDamage() || isAtStop();
  }

  /**
   * After the archived copy, because the hot copy may be damaged. A page ends at a skipped event
   * only after its archived copy was delivered.
   */
  @Override
  public int priority() {
    return isAtStop() ? 2 : 1;
  }

  /** At a skipped event, other copies are loaded first. */
  @Override
  public boolean isLoaded() {
    return !isAtStop() || stopIsHead;
  }

  @Override
  public void load() {
    stopIsHead = true;
  }

  private boolean isAtStop() {
    return position == page.events().size() && page.stoppedAt().isPresent();
  }

  private boolean isAtDamage() {
    return position == page.events().size() && page.damagedAt().isPresent();
  }

  @Override
  public EventId headId() {
    if (isAtDamage()) {
      return page.damagedAt().orElseThrow();
    }
    return isAtStop() ? page.stoppedAt().orElseThrow() : page.events().get(position).id();
  }

  @Override
  public EventRun run(RunLimit limit) throws StoreException {
    if (isAtDamage()) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "the stored record of event "
              + headId()
              + " is damaged; to skip it, repeat the query with cursor="
              + headId());
    }
    if (isAtStop()) {
      throw new SkipLimitException(headId());
    }
    return EventRun.single(headId(), EventJson.bytes(names, page.events().get(position)));
  }

  @Override
  public EventId skip(int events) {
    position += events - 1;
    EventId skipped = headId();
    if (isAtStop()) {
      mayBeSkipped = pageSize.skipped();
      stopIsHead = false;
    }
    position++;
    range = range.after(skipped);
    return skipped;
  }
}
