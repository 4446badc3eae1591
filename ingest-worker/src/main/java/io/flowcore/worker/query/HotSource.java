package io.flowcore.worker.query;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventJson;
import io.flowcore.worker.event.EventNames;
import io.flowcore.worker.event.EventRun;
import io.flowcore.worker.event.RunLimit;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.limit.MemoryBudget;
import io.flowcore.worker.store.EventLog;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.util.List;
import java.util.UUID;

/**
 * Events of the hot store, read in small pages. Holds nothing of the store between them, so that a
 * slow client keeps no iterator open.
 */
final class HotSource implements EventSource {
  private final EventLog store;
  private final UUID eventType;
  private final EventNames names;
  private final ReadOrder order;
  private final PageSize pageSize;
  private final MemoryBudget.Lease memory;
  private final Runnable looked;
  private EventId first;
  private EventId last;
  private EventPage page = EventPage.more(List.of());
  private long pageBytes;
  private int position;

  /** How much is read at once. */
  record PageSize(int events, int bytes) {}

  /**
   * Reads nothing yet.
   *
   * @param looked told of each look into the store
   */
  HotSource(
      EventLog store,
      UUID eventType,
      EventNames names,
      EventId first,
      EventId last,
      ReadOrder order,
      PageSize pageSize,
      MemoryBudget.Lease memory,
      Runnable looked) {
    this.store = store;
    this.eventType = eventType;
    this.names = names;
    this.first = first;
    this.last = last;
    this.order = order;
    this.pageSize = pageSize;
    this.memory = memory;
    this.looked = looked;
  }

  @Override
  public boolean fill() throws StoreException {
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
            new ReadRequest(eventType, first, last, order, pageSize.events(), pageSize.bytes()));
    position = 0;
    looked.run();
    long bytes = page.events().stream().mapToLong(StoredEvent::size).sum();
    memory.take(bytes);
    pageBytes = bytes;
    return !page.events().isEmpty() || atDamage();
  }

  @Override
  public int rank() {
    return 1;
  }

  private boolean atDamage() {
    return position == page.events().size() && page.damagedAt().isPresent();
  }

  @Override
  public EventId headId() {
    return atDamage() ? page.damagedAt().orElseThrow() : page.events().get(position).id();
  }

  @Override
  public EventRun run(RunLimit limit) throws StoreException {
    if (atDamage()) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "the stored record of event "
              + headId()
              + " is damaged; the same query with cursor="
              + headId()
              + " goes on behind it");
    }
    return EventRun.of(headId(), EventJson.bytes(names, page.events().get(position)));
  }

  @Override
  public void leave(int events) {
    if (order == ReadOrder.ASCENDING) {
      first = headId().next();
    } else {
      last = headId().previous();
    }
    position++;
  }
}
