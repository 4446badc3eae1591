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
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.HotStoreContract;
import io.flowcore.worker.store.ReadOrder;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

class RocksHotStoreIT extends HotStoreContract {
  @TempDir private Path folder;
  private RocksHotStore store;

  @BeforeEach
  void open() throws StoreException {
    store = open(Clock.systemUTC());
  }

  private RocksHotStore open(Clock clock) throws StoreException {
    return RocksHotStore.open(folder, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  protected HotStore store() {
    return store;
  }

  /** It waits for nothing. */
  @Override
  protected void letAppendsSettle() {}

  @Override
  protected HotStore restarted() throws StoreException {
    store.close();
    open();
    return store;
  }

  @Test
  void idsGoOnWhenTheClockIsSetBackAcrossARestart() throws StoreException {
    EventId before = store.append(List.of(now("{}"))).getFirst();
    store.close();
    store = open(Clock.fixed(Instant.parse("2001-01-01T00:00:00Z"), ZoneOffset.UTC));

    EventId after = store.append(List.of(now("{}"))).getFirst();

    assertThat(after).isGreaterThan(before);
    assertThat(store.readWatermark(EventTime.MAX_TICKS)).isGreaterThanOrEqualTo(after.ticks());
  }

  @Test
  void anEventIsGoneFromTheExactSecondOfItsExpiryOn() throws StoreException {
    store.close();
    Instant[] present = {Instant.parse("2026-01-01T00:00:00.5Z")};
    store =
        open(
            new Clock() {
              @Override
              public Instant instant() {
                return present[0];
              }

              @Override
              public ZoneOffset getZone() {
                return ZoneOffset.UTC;
              }

              @Override
              public Clock withZone(java.time.ZoneId zone) {
                return this;
              }
            });
    EventDetails details =
        new EventDetails(
            present[0].getEpochSecond() + 5,
            0,
            new EventDetails.ValidTime.SameAsEventTime(),
            false,
            "{}".getBytes(UTF_8));
    byte[] payload = "{}".getBytes(UTF_8);
    store.append(List.of(new NewEvent(TYPE, NewEvent.WHEN_COMMITTED, details, payload, 0, 2)));

    present[0] = Instant.parse("2026-01-01T00:00:04.999Z");
    assertThat(store.expire(10)).isZero();
    assertThat(all(store, TYPE)).hasSize(1);
    present[0] = Instant.parse("2026-01-01T00:00:05Z");
    assertThat(all(store, TYPE)).isEmpty();
    assertThat(store.expire(10)).isEqualTo(1);
    present[0] = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(all(store, TYPE)).as("removed, not only hidden").isEmpty();
    present[0] = Instant.parse("2026-01-01T00:00:06Z");
    assertThat(store.expire(10)).as("every entry is looked at once").isZero();
  }

  @Test
  void anEventOfTheFutureWaitsBehindTheHorizon() throws StoreException {
    long future = EventTime.toTicks(Instant.now().plusSeconds(600));
    store.append(List.of(event(TYPE, future, "{}")));

    assertThat(store.readWatermark(EventTime.MAX_TICKS)).isLessThan(future);
  }

  @Test
  void aSecondProcessOnTheSameFolderIsToldWhy() {
    assertThatThrownBy(() -> open(Clock.systemUTC()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("in use by another worker");
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() {
    assertThatThrownBy(() ->
            RocksHotStore.open(
                Path.of("/proc/no-such-place"),
                Clock.systemUTC(),
                (events, nanos) -> {},
                RocksHotStore.Settings.DEFAULT))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("/proc/no-such-place")
        .hasMessageContaining("can't be written");
  }

  @Test
  void whatDoesNotFitTheQueueIsRefusedAndNotStored() throws Exception {
    store.close();
    store =
        RocksHotStore.open(
            folder, Clock.systemUTC(), (events, nanos) -> {}, new RocksHotStore.Settings(1, 1));
    int accepted = 0;
    int refused = 0;
    try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      var results =
          Stream.generate(() -> threads.submit(() -> store.append(List.of(now("{}")))))
              .limit(500)
              .toList();
      for (var result : results) {
        try {
          result.get();
          accepted++;
        } catch (java.util.concurrent.ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(StoreException.class);
          assertThat(((StoreException) e.getCause()).kind())
              .isEqualTo(StoreException.Kind.OVERLOADED);
          refused++;
        }
      }
    }

    assertThat(refused).isPositive();
    assertThat(all(store, TYPE)).hasSize(accepted);
  }

  @Test
  void anAppendAfterCloseIsRefused() {
    store.close();

    assertThatThrownBy(() -> store.append(List.of(now("{}"))))
        .hasMessageContaining("shutting down");
    assertThatThrownBy(() -> all(store, TYPE)).hasMessageContaining("shutting down");
  }

  @Test
  void anUnfinishedRecordAtTheEndOfTheLogIsCutOff() throws Exception {
    List<EventId> ids = store.append(List.of(now("{\"n\":0}"), now("{\"n\":1}")));
    store.close();
    Files.write(newestLog(), new byte[] {1, 2, 3, 4, 5}, StandardOpenOption.APPEND);
    open();

    assertThat(all(store, TYPE)).extracting(StoredEvent::id).isEqualTo(ids);
  }

  @Test
  void damageInTheMiddleOfTheLogStopsTheStoreInsteadOfLosingWhatFollows() throws Exception {
    for (int i = 0; i < 20; i++) {
      store.append(List.of(now("{\"n\":\"" + "x".repeat(100) + "\"}")));
    }
    store.close();
    Path log = newestLog();
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(log, bytes);

    assertThatThrownBy(() -> open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("can't be opened");
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(log, bytes);
    open();
    assertThat(all(store, TYPE)).hasSize(20);
  }

  @Test
  void aDamagedRecordIsNamedAndTheOthersStayReadable() throws Exception {
    List<EventId> ids = store.append(List.of(now("{\"n\":0}"), now("{\"n\":1}"), now("{\"n\":2}")));
    store.close();
    try (RocksFiles files = RocksFiles.open(folder, Optional.empty())) {
      byte[] key = EventKeyCodec.key(TYPE, ids.get(1));
      byte[] value = files.db().get(files.events(), key);
      value[value.length - 6] ^= 1;
      files.db().put(files.events(), key, value);
    }
    open();

    EventPage page =
        store.read(new ReadRequest(TYPE, ids.get(0), ids.get(2), ReadOrder.ASCENDING, 9, 1 << 20));
    assertThat(page.events()).extracting(StoredEvent::id).containsExactly(ids.get(0));
    assertThat(page.damagedAt()).contains(ids.get(1));
    assertThat(page.complete()).isFalse();
    assertThat(
            store
                .read(
                    new ReadRequest(TYPE, ids.get(2), ids.get(2), ReadOrder.ASCENDING, 9, 1 << 20))
                .events())
        .extracting(event -> new String(event.payload(), UTF_8))
        .containsExactly("{\"n\":2}");
  }

  private Path newestLog() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max(java.util.Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  @Test
  void anEventOfTheFutureIsReadWhenItsTimeHasCome() throws StoreException {
    EventId id =
        store
            .append(List.of(event(TYPE, EventTime.toTicks(Instant.now().plusSeconds(3)), "{}")))
            .getFirst();

    // Nothing else is written meanwhile: readers alone move the horizon on.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> store.readWatermark(EventTime.MAX_TICKS) >= id.ticks());
    assertThat(all(store, TYPE)).hasSize(1);
  }

  @Test
  void theFirstQueryAfterAPauseReachesThePresent() throws StoreException {
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
  void everyGroupIsSyncedBeforeItsEventsAreAcknowledged() throws Exception {
    store.close();
    try (Statistics statistics = new Statistics();
        RocksHotStore watched =
            RocksHotStore.open(
                folder,
                Clock.systemUTC(),
                (events, nanos) -> {},
                RocksHotStore.Settings.DEFAULT,
                Optional.of(statistics))) {
      for (int i = 1; i <= 20; i++) {
        long before = statistics.getTickerCount(TickerType.WAL_FILE_SYNCED);
        watched.append(List.of(now("{}")));

        assertThat(statistics.getTickerCount(TickerType.WAL_FILE_SYNCED)).isGreaterThan(before);
      }
    }
    open();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailedWriteIsFinalAndLetsGoOfEverybodyWhoWaits(boolean outOfMemory) throws Exception {
    TestClock wall = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    CommitClock clock = new CommitClock(wall, 0);
    CountDownLatch waiting = new CountDownLatch(1);
    AtomicLong firstFailed = new AtomicLong();
    GroupCommitter.GroupWriter failing =
        (events, instants) -> {
          firstFailed.set(instants.first());
          awaitUninterruptibly(waiting);
          if (outOfMemory) {
            throw new OutOfMemoryError("a test");
          }
          throw new org.rocksdb.RocksDBException("disk full");
        };
    try (GroupCommitter committer =
            new GroupCommitter(failing, clock, (events, nanos) -> {}, 1 << 20, 1 << 20);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      NewEvent event = now("{}");
      List<Future<List<EventId>>> appends = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        appends.add(callers.submit(() -> committer.append(List.of(event), Optional.empty())));
        await().until(() -> firstFailed.get() > 0);
      }
      long each = (long) EventValueCodec.encodedLength(event) + EventKeyCodec.KEY_LENGTH;
      await().until(() -> committer.queuedBytes() == 9L * each);
      waiting.countDown();

      for (Future<List<EventId>> append : appends) {
        assertThatThrownBy(() -> append.get(20, TimeUnit.SECONDS))
            .hasMessageContaining("the hot store can't write");
      }
      assertThatThrownBy(() -> committer.append(List.of(event), Optional.empty()))
          .hasMessageContaining("the hot store can't write");
      assertThat(committer.health()).isInstanceOf(StoreHealth.Broken.class);
      assertThat(committer.queuedBytes()).isZero();
      wall.advance(Duration.ofSeconds(1));
      committer.awaitRenewal(Duration.ofSeconds(20));
      assertThat(clock.readWatermark())
          .as("what the disk holds is unknown")
          .isLessThan(firstFailed.get());
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whoLooksForAnHourThatIsGoneDoesNotReadPastItsTraces() throws Exception {
    store.close();
    TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    try (Statistics statistics = new Statistics();
        RocksHotStore counted =
            RocksHotStore.open(
                folder,
                clock,
                (events, nanos) -> {},
                RocksHotStore.Settings.DEFAULT,
                Optional.of(statistics))) {
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

      statistics.getAndResetTickerCount(TickerType.NUMBER_ITER_SKIP);
      assertThat(all(counted, TYPE)).isEmpty();
      assertThat(statistics.getTickerCount(TickerType.NUMBER_ITER_SKIP)).isLessThan(1_000);
    }
    open();
  }
}
