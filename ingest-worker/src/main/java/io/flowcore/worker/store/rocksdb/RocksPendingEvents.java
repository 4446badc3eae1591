package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/** Events of an hour that wait. Nobody else archives, so the claim always holds. */
final class RocksPendingEvents implements PendingEvents {
  private final RocksHotStore store;
  private final PendingHour hour;
  private final List<EventId> given = new ArrayList<>();
  private EventId next;

  RocksPendingEvents(RocksHotStore store, PendingHour hour) {
    this.store = store;
    this.hour = hour;
    next = EventId.first(hour.bucket().firstTick());
  }

  @Override
  public EventPage next(int maxEvents, int maxBytes) throws StoreException {
    EventId last = EventId.last(hour.bucket().lastTick());
    EventPage page =
        store.pending(
            new ReadRequest(
                hour.eventType(), next, last, ReadOrder.ASCENDING, maxEvents, maxBytes));
    for (StoredEvent event : page.events()) {
      given.add(event.id());
    }
    if (page.damagedAt().isPresent()) {
      next = page.damagedAt().get().next();
    } else if (!page.events().isEmpty()) {
      next = page.events().getLast().id().next();
    }
    return page;
  }

  @Override
  public boolean isHeld() {
    return true;
  }

  @Override
  public void markArchived() throws StoreException {
    store.archived(hour.eventType(), given);
    given.clear();
  }

  @Override
  public void skip(EventId damaged) {
    given.add(damaged);
  }

  @Override
  public void close() {}
}
