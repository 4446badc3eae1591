package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/** The pending events of an hour. No other process archives them, so the claim is always held. */
final class RocksPendingEvents implements PendingEvents {
  private final RocksHotStore store;
  private final PendingHour hour;
  private final List<EventId> delivered = new ArrayList<>();

  /** The range that is not delivered yet. */
  private EventRange range;

  RocksPendingEvents(RocksHotStore store, PendingHour hour) {
    this.store = store;
    this.hour = hour;
    range = EventRange.ofHour(hour.bucket(), ReadOrder.ASCENDING);
  }

  @Override
  public EventPage next(int maxEvents, int maxBytes) throws StoreException {
    EventPage page = store.pending(new ReadRequest(hour.eventType(), range, maxEvents, maxBytes));
    for (StoredEvent event : page.events()) {
      delivered.add(event.id());
    }
    if (page.damagedAt().isPresent()) {
      range = range.after(page.damagedAt().get());
    } else if (!page.events().isEmpty()) {
      range = range.after(page.events().getLast().id());
    }
    return page;
  }

  @Override
  public boolean isHeld() {
    return true;
  }

  @Override
  public void markArchived() throws StoreException {
    store.markArchived(hour.eventType(), delivered);
    delivered.clear();
  }

  @Override
  public void skip(EventId damaged) {
    delivered.add(damaged);
  }

  @Override
  public void close() {}
}
