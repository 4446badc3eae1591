package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.clock.GuardedClock;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.StoreException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Event times and TTLs in the embedded store, with a clock that jumps. */
class StoreTimeIT extends HotStoreFixture {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DECADES = Duration.ofDays(30 * 365);

  private final TestClock wall = TestClock.stoppedAt(NOW);
  private final AtomicLong nanos = new AtomicLong();

  @TempDir private Path directory;

  private RocksHotStore store;

  @BeforeEach
  void open() throws StoreException {
    open(new GuardedClock(wall, nanos::get));
  }

  private void open(Clock clock) throws StoreException {
    store =
        RocksHotStore.open(directory, clock, (events, time) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void pass(Duration duration) {
    wall.advance(duration);
    nanos.addAndGet(duration.toNanos());
  }

  private Instant appendedAt() throws StoreException {
    return EventTime.toInstant(store.append(List.of(withTtl(3_600, false))).getFirst().ticks());
  }

  @Test
  void aClockThatIsDecadesAheadForOneQueryChangesNoEventTimeAndRemovesNoEvent() throws Exception {
    store.append(List.of(withTtl(3_600, false)));
    pass(Duration.ofSeconds(10));
    wall.advance(DECADES);
    store.readWatermark(EventTime.MAX_TICKS);
    assertThat(all(store, TYPE)).as("read during the jump").hasSize(1);
    assertThat(store.expire(100)).isZero();
    assertThat(appendedAt()).as("appended during the jump").isBefore(NOW.plusSeconds(15));
    wall.advance(DECADES.negated());

    assertThat(appendedAt()).isBefore(NOW.plusSeconds(15));
    store.close();
    pass(Duration.ofSeconds(10));
    open();
    assertThat(appendedAt()).isBetween(NOW.plusSeconds(20), NOW.plusSeconds(25));
    assertThat(all(store, TYPE)).hasSize(4);
  }

  @Test
  void anEventOfAMachineThatWasSuspendedHasItsFullTtlWhenTheClockIsFollowed() throws Exception {
    wall.advance(Duration.ofHours(8));
    store.append(List.of(withTtl(3_600, false)));
    Instant appended = wall.instant();
    for (int seconds = 0; seconds < GuardedClock.HOLD.toSeconds() + 60; seconds += 10) {
      pass(Duration.ofSeconds(10));
      store.readWatermark(0);
    }
    assertThat(appendedAt()).as("the clock is followed").isAfter(appended);

    wall.set(appended.plusSeconds(3_599));
    nanos.addAndGet(Duration.ofMinutes(50).toNanos());
    assertThat(store.expire(10)).isZero();
    assertThat(all(store, TYPE)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"0,2", "1,3", "500,3", "999,3"})
  void aTtlIsNeverRoundedDown(int commitMillis, int hiddenAtSecond) throws Exception {
    pass(Duration.ofMillis(commitMillis));
    store.append(List.of(withTtl(2, false)));

    wall.set(NOW.plusSeconds(hiddenAtSecond).minusMillis(1));
    nanos.set(Duration.between(NOW, wall.instant()).toNanos());
    assertThat(store.expire(10)).isZero();
    assertThat(all(store, TYPE)).hasSize(1);
    pass(Duration.ofMillis(1));
    assertThat(all(store, TYPE)).isEmpty();
    assertThat(store.expire(10)).isEqualTo(1);
  }

  @Test
  void theTimeOfIngestionIsTheTimeOfTheCommit() throws Exception {
    NewEvent prepared = withTtl(60, true);
    pass(Duration.ofSeconds(90));
    EventId id = store.append(List.of(prepared)).getFirst();

    StoredEvent stored = all(store, TYPE).getFirst();
    assertThat(stored.details().ingestedAtMillis())
        .isEqualTo(EventTime.toInstant(id.ticks()).toEpochMilli())
        .isEqualTo(NOW.plusSeconds(90).toEpochMilli());
    assertThat(stored.details().expiresAtSecond()).isEqualTo(NOW.plusSeconds(150).getEpochSecond());
  }

  @Test
  void afterALongStopNothingIsRemovedUntilTheClockHadTimeToBeCorrected() throws Exception {
    store.append(List.of(withTtl(3_600, false)));
    store.close();
    wall.advance(DECADES);
    open();
    assertThat(store.expire(100)).isZero();
    store.close();
    wall.advance(DECADES.negated());
    open();

    assertThat(all(store, TYPE)).hasSize(1);
    assertThat(appendedAt()).as("dated by the corrected clock").isBefore(NOW.plusSeconds(15));
  }

  @Test
  void aWorkerThatWasIdleForDaysRemovesExpiredEventsDirectlyAfterARestart() throws Exception {
    store.append(List.of(withTtl(3_600, false)));
    pass(Duration.ofDays(3));
    store.close();
    pass(Duration.ofMinutes(1));
    open();

    assertThat(store.expire(100)).isEqualTo(1);
  }
}
