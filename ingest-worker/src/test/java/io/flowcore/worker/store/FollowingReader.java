package io.flowcore.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A reader that follows eight writers with a cursor, up to the read watermark. Writers and reader
 * use the given stores in turn.
 *
 * @param stores different workers on the same events
 * @param batches number of batches that each writer appends
 * @param pageSize number of events that the reader asks for
 */
public record FollowingReader(List<HotStore> stores, UUID eventType, int batches, int pageSize) {
  private static final int WRITERS = 8;

  /** The writers append batches of 1 to 8 events. */
  private static final int EVENTS_OF_ALL_BATCHES = 36;

  /** Runs until all writers are done. */
  public void assertEveryAcknowledgedEventIsSeenOnce() throws Exception {
    AtomicInteger running = new AtomicInteger(WRITERS);
    Set<EventId> acknowledged = new HashSet<>();
    List<EventId> seen;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<EventId>>> results = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int size = 1 + w;
        HotStore store = stores.get(w % stores.size());
        results.add(threads.submit(() -> write(store, size, running)));
      }
      seen = follow(running);
      for (Future<List<EventId>> result : results) {
        acknowledged.addAll(result.get());
      }
    }

    assertThat(acknowledged).hasSize(batches * EVENTS_OF_ALL_BATCHES);
    assertThat(seen).doesNotHaveDuplicates().hasSize(acknowledged.size());
    assertThat(new HashSet<>(seen)).isEqualTo(acknowledged);
  }

  private List<EventId> write(HotStore store, int size, AtomicInteger running)
      throws StoreException {
    NewEvent event = HotStoreFixture.event(eventType, NewEvent.WHEN_COMMITTED, "{}");
    List<EventId> ids = new ArrayList<>();
    try {
      for (int i = 0; i < batches; i++) {
        ids.addAll(store.append(Collections.nCopies(size, event)));
      }
    } finally {
      running.decrementAndGet();
    }
    return ids;
  }

  private List<EventId> follow(AtomicInteger running) throws StoreException {
    List<EventId> seen = new ArrayList<>();
    EventId cursor = EventId.first(0);
    int turn = 0;
    boolean last;
    do {
      HotStore store = stores.get(turn++ % stores.size());
      last = running.get() == 0;
      EventId end = EventId.last(store.readWatermark(EventTime.MAX_TICKS));
      EventRange range = new EventRange(cursor, end, ReadOrder.ASCENDING);
      EventPage page = store.read(new ReadRequest(eventType, range, pageSize, 1 << 20));
      for (StoredEvent event : page.events()) {
        seen.add(event.id());
        cursor = event.id().next();
      }
      last &= page.complete();
    } while (!last);
    return seen;
  }
}
