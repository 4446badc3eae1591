package io.flowcore.worker.store.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import io.flowcore.worker.store.cassandra.membership.HybridLogicalClock;
import io.flowcore.worker.store.cassandra.membership.IncarnationTable;
import io.flowcore.worker.store.cassandra.membership.MemberTable;
import io.flowcore.worker.store.cassandra.membership.Membership;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Leases, clocks and the read watermark of several workers. */
@Requires(OptionalPart.CASSANDRA)
class MembershipIT extends TwoWorkersFixture {
  @Test
  void aMemberWithoutHeartbeatsStopsTheReadWatermarkUntilItIsConsideredDead() throws Exception {
    MemberTable members = new MemberTable(components.keyspace(), "test");
    long silent = new IncarnationTable(components.keyspace()).next();
    long floor = one.readWatermark(EventTime.MAX_TICKS);
    members.write(silent, 1, floor);
    one.append(List.of(now()));

    assertThat(one.readWatermark(EventTime.MAX_TICKS)).isEqualTo(floor);
    assertThat(two.readWatermark(EventTime.MAX_TICKS)).isEqualTo(floor);
    // Time passes for one worker only; the other one continues to wait.
    elapsedNanos.addAndGet(Membership.DEAD_AFTER.toNanos());
    await()
        .atMost(Duration.ofSeconds(6))
        .until(() -> one.readWatermark(EventTime.MAX_TICKS) > floor + EventTime.PER_SECOND);
  }

  @Test
  void aWorkerThatLosesItsLeaseDuringAnAppendAcknowledgesNothing() throws Exception {
    try (Membership member = membership()) {
      member.start();
      HybridLogicalClock.Reservation reservation = member.beginAppend(1);
      member.confirmAppend(reservation);
      elapsedNanos.addAndGet(Membership.LEASE.toNanos());

      assertThatThrownBy(() -> member.confirmAppend(reservation))
          .hasMessageContaining("lost its membership lease");
      await().until(() -> member.health() instanceof StoreHealth.Healthy);
      assertThatThrownBy(() -> member.confirmAppend(reservation))
          .as("also after it has rejoined")
          .hasMessageContaining("lost its membership lease");
      assertThat(member.lostLeases()).isEqualTo(1);
      member.endAppend(reservation);
      HybridLogicalClock.Reservation next = member.beginAppend(1);
      member.confirmAppend(next);
      member.endAppend(next);
    }
  }

  @Test
  void aWorkerThatJoinsWithASlowClockAssignsTimesAfterEveryReadWatermark() throws Exception {
    one.append(List.of(now()));
    long readWatermark = one.readWatermark(EventTime.MAX_TICKS);
    clock.advance(Duration.ofHours(-1));
    try (CassandraHotStore third =
        CassandraHotStore.open(settings, "three", clock, (events, nanos) -> {})) {
      assertThat(third.append(List.of(now())).getFirst().ticks()).isGreaterThan(readWatermark);
    }
  }

  @Test
  void aWorkerWithAWrongClockAcceptsNoEventsUntilTheClockIsCorrected() throws Exception {
    CassandraSettings strict = settings(settings.archiveMargin(), Duration.ofSeconds(10));
    TestClock wrong = TestClock.running();
    try (CassandraHotStore store =
        CassandraHotStore.open(strict, "three", wrong, (events, nanos) -> {})) {
      EventId before = store.append(List.of(now())).getFirst();
      wrong.advance(Duration.ofSeconds(5));
      store.append(List.of(now()));
      wrong.advance(Duration.ofHours(1));
      await().until(() -> store.health() instanceof StoreHealth.Impaired);
      await()
          .untilAsserted(() ->
              assertThatThrownBy(() -> store.append(List.of(now())))
                  .hasMessageContaining(
                      "ahead of the clocks of the Cassandra nodes; the limit is 10000 ms"));
      wrong.advance(Duration.ofHours(-1));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> store.health() instanceof StoreHealth.Healthy);
      EventId after = store.append(List.of(now())).getFirst();
      assertThat(after.ticks() - before.ticks())
          .as("the wrong clock did not advance the event times of the others")
          .isLessThan(60 * EventTime.PER_SECOND);
      wrong.advance(Duration.ofHours(-1));
      await().until(() -> store.health() instanceof StoreHealth.Impaired);
    }
    wrong.advance(Duration.ofHours(2));
    assertThatThrownBy(() -> CassandraHotStore.open(strict, "three", wrong, (events, nanos) -> {}))
        .hasMessageContaining("ahead of");
  }
}
