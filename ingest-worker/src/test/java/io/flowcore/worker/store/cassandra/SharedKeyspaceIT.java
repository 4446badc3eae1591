package io.flowcore.worker.store.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.FollowingReader;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.idempotency.CassandraIdempotencyStore;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import io.flowcore.worker.store.cassandra.membership.Membership;
import io.flowcore.worker.store.cassandra.partition.EventWriter;
import io.flowcore.worker.store.cassandra.partition.PartitionTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Several workers on one keyspace keep the promises of the hot store together. */
@Requires(OptionalPart.CASSANDRA)
class SharedKeyspaceIT extends TwoWorkersFixture {
  @Test
  void aCursorUsedWithSeveralWorkersSkipsNoAcknowledgedEvent() throws Exception {
    new FollowingReader(List.of(one, two), TYPE, 60, 41).assertEveryAcknowledgedEventIsSeenOnce();
  }

  @Test
  void anHourIsClaimedByOneWorkerAndAnExpiredClaimCannotRecordProgress() throws Exception {
    EventId id = one.append(List.of(now(), now())).getFirst();
    clock.advance(Duration.ofHours(1));
    awaitHealthy();
    try (PendingEvents first = one.claim(hour(id)).orElseThrow()) {
      assertThat(first.next(1, 1 << 20).events()).hasSize(1);
      assertThat(two.claim(hour(id))).isEmpty();
      // As if the claim had expired while its worker was suspended.
      elapsedNanos.addAndGet(PartitionTable.CLAIM_DURATION.toNanos());
      assertThat(first.isHeld()).isFalse();
      components
          .keyspace()
          .session()
          .execute(
              "UPDATE %s.partitions SET claim_owner = null WHERE event_type = %s AND hour = %d IF claim_owner != null"
                  .formatted(settings.keyspace(), TYPE, id.bucket().hour()));
      try (PendingEvents second = two.claim(hour(id)).orElseThrow()) {
        assertThat(second.next(10, 1 << 20).events()).hasSize(2);
        assertThatThrownBy(first::markArchived).hasMessageContaining("another worker");
        second.markArchived();
      }
    }
    awaitHealthy();
    try (PendingEvents after = one.claim(hour(id)).orElseThrow()) {
      assertThat(after.next(10, 1 << 20).events()).isEmpty();
    }
  }

  /**
   * Waits until both workers accept events, and their read watermarks have reached the current
   * time.
   */
  private void awaitHealthy() {
    for (CassandraHotStore store : List.of(one, two)) {
      await().until(() -> store.health() instanceof StoreHealth.Healthy);
      long present = EventTime.toTicks(clock.instant());
      await().until(() -> store.readWatermark(Long.MAX_VALUE) >= present);
    }
  }

  private static IdempotencyKey key(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    return new IdempotencyKey(key, new byte[32], 4_000_000_000L);
  }

  @Test
  void aRequestSentToTwoWorkersAtOnceIsStoredOnce() throws Exception {
    int rounds = 25;
    for (int round = 0; round < rounds; round++) {
      IdempotencyKey key = key(round);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Boolean>> attempts =
            List.of(threads.submit(() -> stored(one, key)), threads.submit(() -> stored(two, key)));
        assertThat(attempts.get(0).get() && attempts.get(1).get()).isFalse();
      }
      while (one.idempotencyRecord(key.key()).isEmpty()) {
        stored(two, key);
      }
      assertThat(two.idempotencyRecord(key.key()).orElseThrow().ids()).hasSize(2);
    }

    assertThat(all(one)).hasSize(2 * rounds);
  }

  private static boolean stored(HotStore store, IdempotencyKey key) {
    try {
      return store.append(List.of(now(), now()), Optional.of(key)).size() == 2;
    } catch (StoreException e) {
      return false;
    }
  }

  @Test
  void eventsOfAFailedAttemptAreDeletedWhenTheRequestIsRetried() throws Exception {
    EventWriter writer = components.eventWriter(components.partitionWriter(), () -> 1);
    CassandraIdempotencyStore idempotency = components.idempotencyStore(incarnation -> false);
    try (Membership dead = membership()) {
      dead.start();
      HybridLogicalClock.Reservation reservation = dead.beginAppend(2);
      List<NewEvent> events = List.of(now(), now());
      EventWriter.Plan plan = writer.plan(events, reservation);
      idempotency.claim(key(1), reservation.incarnation(), plan);
      writer.write(events, plan);
      dead.endAppend(reservation);
    }
    assertThat(all(two)).as("stored, but not acknowledged").hasSize(2);
    assertThat(two.idempotencyRecord(key(1).key())).isEmpty();

    // The attempt counts as in progress until the other workers consider its worker dead.
    await().until(() -> stored(two, key(1)));

    assertThat(all(two))
        .extracting(StoredEvent::id)
        .isEqualTo(two.idempotencyRecord(key(1).key()).orElseThrow().ids());
  }

  @Test
  void eventsOfAllSizesAndShardsAreReadInOrder() throws Exception {
    // With this many members, each one uses the next shard after a few kilobytes.
    EventWriter writer = components.eventWriter(components.partitionWriter(), () -> 1 << 13);
    List<EventId> ids = new ArrayList<>();
    List<String> payloads = new ArrayList<>();
    try (Membership member = membership()) {
      member.start();
      for (int round = 0; round < 10; round++) {
        List<NewEvent> events = new ArrayList<>();
        for (int size : new int[] {10, 700_000, 3_000, 100_000, 500, 1, 17_000}) {
          String payload = "{\"n\":\"" + round + "x".repeat(size) + "\"}";
          payloads.add(payload);
          events.add(event(NewEvent.WHEN_COMMITTED, payload, true));
        }
        HybridLogicalClock.Reservation reservation = member.beginAppend(events.size());
        EventWriter.Plan plan = writer.plan(events, reservation);
        writer.write(events, plan);
        member.endAppend(reservation);
        ids.addAll(plan.ids());
      }
    }
    int partitions = components.index().partitions(hour(ids.getFirst())).size();

    assertThat(partitions).isGreaterThan(8);
    assertThat(all(one)).extracting(StoredEvent::id).isEqualTo(ids);
    assertThat(all(one))
        .extracting(event -> new String(event.payload(), UTF_8))
        .isEqualTo(payloads);
    List<StoredEvent> paged = new ArrayList<>();
    EventPage page;
    do {
      EventId next = paged.isEmpty() ? EventId.first(0) : paged.getLast().id().next();
      page = read(two, next, EventTime.MAX_TICKS, 3);
      paged.addAll(page.events());
    } while (!page.complete());
    assertThat(paged).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void anEventPendingArchiveIsKeptAfterItsArchiveMargin() throws Exception {
    CassandraSettings brief = settings(Duration.ofSeconds(4), settings.maxClockSkew());
    try (CassandraHotStore store =
        CassandraHotStore.open(brief, "three", clock, (events, nanos) -> {})) {
      long second = clock.instant().getEpochSecond();
      EventDetails details =
          new EventDetails(
              second + 1, 0, new ValidTime.SameAsEventTime(), true, "{}".getBytes(UTF_8));
      NewEvent event =
          new NewEvent(TYPE, NewEvent.WHEN_COMMITTED, details, "{}".getBytes(UTF_8), 0, 2);
      EventId id = store.append(List.of(event)).getFirst();
      clock.advance(Duration.ofHours(1));
      await().until(() -> store.health() instanceof StoreHealth.Healthy);
      long began = System.nanoTime();
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(300))
          .until(() -> {
            store.expire(1);
            assertThat(all(store)).extracting(StoredEvent::id).containsExactly(id);
            return System.nanoTime() - began > Duration.ofSeconds(13).toNanos();
          });

      assertThat(store.refreshedEvents()).isGreaterThan(1);
      assertThat(
              store
                  .claim(new PendingHour(TYPE, TimeBucket.ofTicks(id.ticks())))
                  .orElseThrow()
                  .next(9, 1 << 20)
                  .events())
          .hasSize(1);
    }
  }
}
