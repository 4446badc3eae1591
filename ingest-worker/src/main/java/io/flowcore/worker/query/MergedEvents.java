package io.flowcore.worker.query;

import io.flowcore.worker.catalog.EventTypeRoute;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Several event types as one sequence in the order of ids.
 *
 * <p>Reads each type in small pages and holds nothing of the store between them, so that a slow
 * client keeps no iterator open. Holds about a mebibyte, however many types there are.
 */
public final class MergedEvents {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MIN_BUFFER_BYTES = 16 << 10;
  private static final int PAGE_EVENTS = 1_000;

  private final HotStore store;
  private final ReadOrder order;
  private final int bytesPerType;
  private final PriorityQueue<TypeCursor> cursors;

  /** An event and where it belongs. */
  public record Next(EventTypeRoute route, StoredEvent event) {}

  MergedEvents(
      HotStore store, List<EventTypeRoute> types, EventId first, EventId last, ReadOrder order)
      throws StoreException {
    this.store = store;
    this.order = order;
    bytesPerType = Math.max(MIN_BUFFER_BYTES, BUFFER_BYTES / types.size());
    Comparator<TypeCursor> byId = Comparator.comparing(cursor -> cursor.head().id());
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

  boolean hasNext() {
    return !cursors.isEmpty();
  }

  Next next() throws StoreException {
    TypeCursor cursor = cursors.remove();
    Next next = new Next(cursor.type, cursor.head());
    cursor.advance();
    enqueue(cursor);
    return next;
  }

  /** The rest of one event type. */
  private final class TypeCursor {
    private final EventTypeRoute type;
    private EventId first;
    private EventId last;
    private List<StoredEvent> page = new ArrayList<>();
    private int position;
    private boolean complete;

    TypeCursor(EventTypeRoute type, EventId first, EventId last) {
      this.type = type;
      this.first = first;
      this.last = last;
    }

    StoredEvent head() {
      return page.get(position);
    }

    void advance() {
      if (order == ReadOrder.ASCENDING) {
        first = head().id().next();
      } else {
        last = head().id().previous();
      }
      position++;
    }

    /** Makes sure that there is a head. False at the end. */
    boolean fill() throws StoreException {
      if (position < page.size()) {
        return true;
      }
      if (complete) {
        return false;
      }
      EventPage read =
          store.read(
              new ReadRequest(
                  type.eventType().id(), first, last, order, PAGE_EVENTS, bytesPerType));
      page = read.events();
      complete = read.complete();
      position = 0;
      return !page.isEmpty();
    }
  }
}
