package io.flowcore.worker.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How every {@link HotStore} archives and expires events, and stores manifest generations. */
public abstract class PendingArchiveContract extends HotStoreFixture {
  /** Returns the store under test, which is empty at first. */
  protected abstract HotStore store();

  /** Returns the same store after a restart of its process. */
  protected abstract HotStore restarted() throws Exception;

  /** Waits until what was appended can be archived, if the store delays that. */
  protected abstract void awaitArchivable();

  private static NewEvent expiring(UUID type, String time, long expiresAtSecond, boolean archive) {
    EventDetails details =
        new EventDetails(
            expiresAtSecond, 0, new ValidTime.SameAsEventTime(), archive, "{}".getBytes(UTF_8));
    return new NewEvent(type, ticks(time), details, "{}".getBytes(UTF_8), 0, 2);
  }

  private List<TimeBucket> hours(UUID type) throws StoreException {
    return store().buckets(type, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 100);
  }

  private static PendingHour hour(UUID type, String time) {
    return new PendingHour(type, TimeBucket.ofTicks(ticks(time)));
  }

  private static List<EventId> pending(HotStore store, PendingHour hour) throws StoreException {
    try (PendingEvents pending = store.claim(hour).orElseThrow()) {
      return ids(pending.next(1_000, 1 << 20));
    }
  }

  private static List<EventId> ids(EventPage page) {
    return page.events().stream().map(StoredEvent::id).toList();
  }

  private static void archive(HotStore store, PendingHour hour) throws StoreException {
    try (PendingEvents pending = store.claim(hour).orElseThrow()) {
      assertThat(pending.next(1_000, 1 << 20).complete()).isTrue();
      pending.markArchived();
    }
  }

  private static List<PendingHour> pendingHours(HotStore store) throws StoreException {
    List<PendingHour> hours = new ArrayList<>();
    store.pendingHours(hours::add);
    return hours;
  }

  protected static void expireAll(HotStore store) throws StoreException {
    int examined = 3;
    while (examined == 3) {
      examined = store.expire(3);
    }
  }

  @Test
  void anEventWithoutArchiveIsRemovedWhenItsTtlHasPassed() throws StoreException {
    long past = Instant.now().getEpochSecond() - 1;
    long future = past + 1_000;
    store().append(List.of(expiring(TYPE, "2026-01-01T10:00:00Z", past, false)));
    EventId alive =
        store().append(List.of(expiring(TYPE, "2026-01-01T11:00:00Z", future, false))).getFirst();
    store().append(List.of(expiring(TYPE, "2026-01-01T11:30:00Z", past, false)));

    assertThat(all(store(), TYPE)).extracting(StoredEvent::id).containsExactly(alive);
    assertThat(hours(TYPE)).containsExactly(TimeBucket.parse("20260101110000").orElseThrow());
    expireAll(store());
    assertThat(all(store(), TYPE)).extracting(StoredEvent::id).containsExactly(alive);
  }

  @Test
  void anEventPendingArchiveIsKeptAfterItsTtlHasPassed() throws Exception {
    long past = Instant.now().getEpochSecond() - 1;
    EventId id =
        store().append(List.of(expiring(TYPE, "2026-01-01T10:00:00Z", past, true))).getFirst();
    awaitArchivable();
    expireAll(store());

    HotStore again = restarted();
    PendingHour ten = hour(TYPE, "2026-01-01T10:00:00Z");
    assertThat(all(again, TYPE)).extracting(StoredEvent::id).containsExactly(id);
    archive(again, ten);
    assertThat(all(again, TYPE)).isEmpty();
    assertThat(hours(TYPE)).isEmpty();
    assertThat(pending(again, ten)).isEmpty();
    assertThat(pendingHours(again)).isEmpty();
  }

  @Test
  void anArchivedEventStaysHotUntilItsTtlHasPassed() throws StoreException {
    long future = Instant.now().getEpochSecond() + 100_000;
    EventId id =
        store().append(List.of(expiring(TYPE, "2026-01-01T10:00:00Z", future, true))).getFirst();
    awaitArchivable();
    PendingHour ten = hour(TYPE, "2026-01-01T10:00:00Z");
    assertThat(pending(store(), ten)).containsExactly(id);
    archive(store(), ten);
    expireAll(store());

    assertThat(pending(store(), ten)).isEmpty();
    assertThat(all(store(), TYPE)).hasSize(1);
  }

  @Test
  void eventsThatWereNotMarkedAsArchivedAreDeliveredAgainWithLaterOnes() throws StoreException {
    long future = Instant.now().getEpochSecond() + 100_000;
    PendingHour ten = hour(TYPE, "2026-01-01T10:00:00Z");
    List<EventId> ids = new ArrayList<>();
    for (int minute = 10; minute < 50; minute += 10) {
      String time = "2026-01-01T10:%d:00Z".formatted(minute);
      ids.addAll(
          store()
              .append(
                  List.of(
                      expiring(TYPE, time, future, true),
                      expiring(TYPE, time, future, false),
                      expiring(TYPE, time, future, true))));
    }
    ids.removeIf(id -> ids.indexOf(id) % 3 == 1);
    awaitArchivable();
    try (PendingEvents pending = store().claim(ten).orElseThrow()) {
      assertThat(ids(pending.next(3, 1 << 20))).isEqualTo(ids.subList(0, 3));
      assertThat(ids(pending.next(9, 1))).isEqualTo(ids.subList(3, 4));
      pending.markArchived();
      assertThat(ids(pending.next(2, 1 << 20))).isEqualTo(ids.subList(4, 6));
      assertThat(pending.isHeld()).isTrue();
    }
    assertThat(pending(store(), ten)).isEqualTo(ids.subList(4, 8));
    EventId late =
        store().append(List.of(expiring(TYPE, "2026-01-01T10:05:00Z", future, true))).getFirst();
    awaitArchivable();
    assertThat(pending(store(), ten)).contains(late).containsAll(ids.subList(4, 8)).hasSize(5);
    archive(store(), ten);
    assertThat(pending(store(), ten)).isEmpty();
    assertThat(pendingHours(store())).isEmpty();
    assertThat(all(store(), TYPE)).hasSize(13);
  }

  @Test
  void pendingHoursAreListedForAllEventTypes() throws StoreException {
    long future = Instant.now().getEpochSecond() + 1_000;
    for (UUID type : List.of(TYPE, OTHER)) {
      for (String time :
          List.of("2026-01-01T10:00:00Z", "2026-01-01T10:30:00Z", "2026-01-01T12:00:00Z")) {
        store().append(List.of(expiring(type, time, future, true)));
      }
      store().append(List.of(expiring(type, "2026-01-01T14:00:00Z", future, false)));
    }

    assertThat(new HashSet<>(pendingHours(store())))
        .containsExactlyInAnyOrder(
            new PendingHour(TYPE, TimeBucket.parse("20260101100000").orElseThrow()),
            new PendingHour(TYPE, TimeBucket.parse("20260101120000").orElseThrow()),
            new PendingHour(OTHER, TimeBucket.parse("20260101100000").orElseThrow()),
            new PendingHour(OTHER, TimeBucket.parse("20260101120000").orElseThrow()));
  }

  @Test
  void generationsAreStoredByScopeAndHourAndNeverDecrease() throws Exception {
    byte[] scope = "0123456789abcdef".getBytes(UTF_8);
    byte[] other = "0123456789abcdeg".getBytes(UTF_8);
    TimeBucket one = new TimeBucket(1_000_000);
    TimeBucket two = new TimeBucket(1_000_300);
    store().raiseGeneration(scope, two, 7);
    store().raiseGeneration(scope, one, 1);
    store().raiseGeneration(scope, two, 6);
    store().raiseGeneration(other, one, 3);

    HotStore again = restarted();
    assertThat(again.generation(scope, two)).isEqualTo(7);
    assertThat(again.generation(other, two)).isZero();
    assertThat(
            again.hoursWithGeneration(
                scope, TimeBucket.MIN, TimeBucket.MAX, ReadOrder.ASCENDING, 100))
        .containsExactly(one, two);
    assertThat(again.hoursWithGeneration(scope, two, TimeBucket.MAX, ReadOrder.ASCENDING, 100))
        .containsExactly(two);
    assertThat(again.hoursWithGeneration(scope, one, two, ReadOrder.DESCENDING, 100))
        .containsExactly(two, one);
    assertThat(again.hoursWithGeneration(scope, one, two, ReadOrder.ASCENDING, 1))
        .containsExactly(one);
    assertThat(again.hoursWithGeneration(scope, one, two, ReadOrder.DESCENDING, 1))
        .containsExactly(two);
    assertThat(again.hoursWithGeneration(scope, TimeBucket.MIN, one, ReadOrder.DESCENDING, 100))
        .containsExactly(one);
    assertThat(again.hoursWithGeneration(other, two, TimeBucket.MAX, ReadOrder.ASCENDING, 100))
        .isEmpty();
  }
}
