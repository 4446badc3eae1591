package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.HotStoreContract;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/** The embedded hot store: the contract of every store, time, expiry and its write queue. */
class RocksHotStoreIT extends HotStoreContract {
  @TempDir private Path directory;

  private RocksHotStore store;

  @BeforeEach
  void open() throws StoreException {
    store = open(Clock.systemUTC());
  }

  private RocksHotStore open(Clock clock) throws StoreException {
    return RocksHotStore.open(
        directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  protected HotStore store() {
    return store;
  }

  /** This store does not delay archiving. */
  @Override
  protected void awaitArchivable() {}

  @Override
  protected HotStore restarted() throws StoreException {
    store.close();
    open();
    return store;
  }

  @Test
  void idsContinueWhenTheClockIsSetBackDuringARestart() throws StoreException {
    EventId before = store.append(List.of(now("{}"))).getFirst();
    store.close();
    store = open(Clock.fixed(Instant.parse("2001-01-01T00:00:00Z"), ZoneOffset.UTC));

    EventId after = store.append(List.of(now("{}"))).getFirst();

    assertThat(after).isGreaterThan(before);
    assertThat(store.readWatermark(EventTime.MAX_TICKS)).isGreaterThanOrEqualTo(after.ticks());
  }

  @Test
  void anEventIsHiddenFromTheExactSecondOfItsExpiry() throws StoreException {
    store.close();
    Instant[] now = {Instant.parse("2026-01-01T00:00:00.5Z")};
    store =
        open(
            new Clock() {
              @Override
              public Instant instant() {
                return now[0];
              }

              @Override
              public ZoneOffset getZone() {
                return ZoneOffset.UTC;
              }

              @Override
              public Clock withZone(ZoneId zone) {
                return this;
              }
            });
    EventDetails details =
        new EventDetails(
            now[0].getEpochSecond() + 5,
            0,
            new EventDetails.ValidTime.SameAsEventTime(),
            false,
            "{}".getBytes(UTF_8));
    byte[] payload = "{}".getBytes(UTF_8);
    store.append(List.of(new NewEvent(TYPE, NewEvent.WHEN_COMMITTED, details, payload, 0, 2)));

    now[0] = Instant.parse("2026-01-01T00:00:04.999Z");
    assertThat(store.expire(10)).isZero();
    assertThat(all(store, TYPE)).hasSize(1);
    now[0] = Instant.parse("2026-01-01T00:00:05Z");
    assertThat(all(store, TYPE)).isEmpty();
    assertThat(store.expire(10)).isEqualTo(1);
    now[0] = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(all(store, TYPE)).as("removed, not only hidden").isEmpty();
    now[0] = Instant.parse("2026-01-01T00:00:06Z");
    assertThat(store.expire(10)).as("every entry is examined once").isZero();
  }

  @Test
  void anEventDatedInTheFutureIsAfterTheWatermark() throws StoreException {
    long future = EventTime.toTicks(Instant.now().plusSeconds(600));
    store.append(List.of(event(TYPE, future, "{}")));

    assertThat(store.readWatermark(EventTime.MAX_TICKS)).isLessThan(future);
  }

  @Test
  void aSecondProcessInTheSameDirectoryFailsWithTheReason() {
    assertThatThrownBy(() -> open(Clock.systemUTC()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("in use by another worker");
  }

  @Test
  void aDirectoryThatCannotBeCreatedIsNamedInTheError() {
    assertThatThrownBy(() ->
            RocksHotStore.open(
                Path.of("/proc/no-such-directory"),
                Clock.systemUTC(),
                (events, nanos) -> {},
                RocksHotStore.Settings.DEFAULT))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("/proc/no-such-directory")
        .hasMessageContaining("is not writable");
  }

  @Test
  void anAppendThatDoesNotFitTheQueueIsRejectedAndNotStored() throws Exception {
    store.close();
    store =
        RocksHotStore.open(
            directory, Clock.systemUTC(), (events, nanos) -> {}, new RocksHotStore.Settings(1, 1));
    int accepted = 0;
    int rejected = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results =
          Stream.generate(() -> threads.submit(() -> store.append(List.of(now("{}")))))
              .limit(500)
              .toList();
      for (var result : results) {
        try {
          result.get();
          accepted++;
        } catch (ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(StoreException.class);
          assertThat(((StoreException) e.getCause()).kind())
              .isEqualTo(StoreException.Kind.OVERLOADED);
          rejected++;
        }
      }
    }

    assertThat(rejected).isPositive();
    assertThat(all(store, TYPE)).hasSize(accepted);
  }

  @Test
  void anAppendAfterCloseIsRejected() {
    store.close();

    assertThatThrownBy(() -> store.append(List.of(now("{}"))))
        .hasMessageContaining("shutting down");
    assertThatThrownBy(() -> all(store, TYPE)).hasMessageContaining("shutting down");
  }

  @Test
  void anEventDatedInTheFutureIsReadAtItsEventTime() throws StoreException {
    EventId id =
        store
            .append(List.of(event(TYPE, EventTime.toTicks(Instant.now().plusSeconds(3)), "{}")))
            .getFirst();

    // Nothing else is written: the readers alone advance the watermark.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> store.readWatermark(EventTime.MAX_TICKS) >= id.ticks());
    assertThat(all(store, TYPE)).hasSize(1);
  }

  @Test
  void theFirstQueryAfterAnIdlePeriodReachesTheCurrentTime() throws StoreException {
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    for (boolean restarted : List.of(false, true)) {
      store.close();
      store = open(clock);
      long ahead = EventTime.toTicks(clock.instant().plusSeconds(60));
      EventId id = store.append(List.of(event(TYPE, ahead, "{}"))).getFirst();
      clock.advance(Duration.ofMinutes(5));
      if (restarted) {
        store.close();
        store = open(clock);
      }

      assertThat(store.readWatermark(EventTime.MAX_TICKS))
          .isEqualTo(EventTime.toTicks(clock.instant()));
      assertThat(all(store, TYPE)).extracting(StoredEvent::id).contains(id);
    }
  }

  @Test
  void aReadOfARemovedHourDoesNotScanItsTombstones() throws Exception {
    store.close();
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    try (Statistics statistics = new Statistics();
        RocksHotStore counted =
            RocksHotStore.open(
                RocksFiles.open(directory, Optional.of(statistics)),
                clock,
                (events, nanos) -> {},
                RocksHotStore.Settings.DEFAULT)) {
      List<NewEvent> events = new ArrayList<>();
      long expires = clock.instant().getEpochSecond() + 5;
      for (int i = 0; i < 5_000; i++) {
        EventDetails details =
            new EventDetails(
                expires, 0, new EventDetails.ValidTime.SameAsEventTime(), false, new byte[] {});
        events.add(
            new NewEvent(
                TYPE,
                EventTime.toTicks(clock.instant()) + i,
                details,
                new byte[] {'{', '}'},
                0,
                2));
      }
      counted.append(events);
      clock.advance(Duration.ofSeconds(6));
      while (counted.expire(1_000) == 1_000) {
        assertThat(counted.health()).isInstanceOf(StoreHealth.Healthy.class);
      }
      clock.advance(Duration.ofSeconds(20));
      counted.expire(1_000);

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            statistics.getAndResetTickerCount(TickerType.NUMBER_ITER_SKIP);
            assertThat(all(counted, TYPE)).isEmpty();
            assertThat(statistics.getTickerCount(TickerType.NUMBER_ITER_SKIP)).isLessThan(1_000);
          });
    }
    open();
  }
}
