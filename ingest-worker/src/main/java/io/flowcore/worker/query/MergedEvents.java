package io.flowcore.worker.query;

import io.flowcore.worker.catalog.EventTypeRoute;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.refusal.RequestRefused;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Several event types as one sequence in the order of ids.
 *
 * <p>Reads each type in small pages and holds nothing of the store between them, so that a slow
 * client keeps no iterator open. Holds about a mebibyte, or one event of each type where events are
 * large; all of it is taken from a budget.
 */
final class MergedEvents {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MIN_BUFFER_BYTES = 16 << 10;
  private static final int PAGE_EVENTS = 1_000;

  private final HotStore store;
  private final ReadOrder order;
  private final MemoryBudget.Lease memory;
  private final int eventsPerType;
  private final int bytesPerType;
  private final PriorityQueue<TypeCursor> cursors;
  private Optional<TypeCursor> current = Optional.empty();

  MergedEvents(
      HotStore store, EventQuery query, EventId first, EventId last, MemoryBudget.Lease memory)
      throws StoreException {
    this.store = store;
    this.memory = memory;
    order = query.order();
    eventsPerType = Math.min(PAGE_EVENTS, query.pageSize());
    List<EventTypeRoute> types = query.eventTypes();
    bytesPerType = Math.max(MIN_BUFFER_BYTES, BUFFER_BYTES / types.size());
    Comparator<TypeCursor> byId = Comparator.comparing(TypeCursor::headId);
    cursors =
        new PriorityQueue<>(types.size(), order == ReadOrder.ASCENDING ? byId : byId.reversed());
    for (EventTypeRoute type : types) {
      enqueue(new TypeCursor(type, first, last));
    }
  }

  private void enqueue(TypeCursor cursor) throws StoreException {
    if (cursor.fill()) {
      cursors.add(cursor);
    }
  }

  /**
   * Goes to the next event, the first one at first. False at the end.
   *
   * @throws StoreException if the store can't read, or the next event is damaged
   * @throws RequestRefused if there is no memory left for it
   */
  boolean advance() throws StoreException {
    if (current.isPresent()) {
      current.get().step();
      enqueue(current.get());
    }
    current = Optional.ofNullable(cursors.poll());
    if (current.isPresent()) {
      current.get().requireIntact();
    }
    return current.isPresent();
  }

  /** Where the current event belongs. */
  EventTypeRoute route() {
    return current.orElseThrow().type;
  }

  /** The current event. */
  StoredEvent event() {
    return current.orElseThrow().head();
  }

  /** The rest of one event type. */
  private final class TypeCursor {
    private final EventTypeRoute type;
    private EventId first;
    private EventId last;
    private EventPage page = EventPage.more(List.of());
    private long pageBytes;
    private int position;

    TypeCursor(EventTypeRoute type, EventId first, EventId last) {
      this.type = type;
      this.first = first;
      this.last = last;
    }

    StoredEvent head() {
      return page.events().get(position);
    }

    EventId headId() {
      return atDamage() ? page.damagedAt().orElseThrow() : head().id();
    }

    private boolean atDamage() {
      return position == page.events().size() && page.damagedAt().isPresent();
    }

    void requireIntact() throws StoreException {
      if (atDamage()) {
        throw new StoreException(
            StoreException.Kind.CORRUPT,
            "the stored record of event "
                + headId()
                + " is damaged; the same query with cursor="
                + headId()
                + " goes on behind it");
      }
    }

    void step() {
      if (order == ReadOrder.ASCENDING) {
        first = head().id().next();
      } else {
        last = head().id().previous();
      }
      position++;
    }

    /** Makes sure that there is a head. False at the end. */
    boolean fill() throws StoreException {
      if (position < page.events().size() || atDamage()) {
        return true;
      }
      if (page.complete()) {
        return false;
      }
      memory.giveBack(pageBytes);
      pageBytes = 0;
      page =
          store.read(
              new ReadRequest(
                  type.eventType().id(), first, last, order, eventsPerType, bytesPerType));
      position = 0;
      long bytes = page.events().stream().mapToLong(StoredEvent::size).sum();
      memory.take(bytes);
      pageBytes = bytes;
      return !page.events().isEmpty() || atDamage();
    }
  }
}
