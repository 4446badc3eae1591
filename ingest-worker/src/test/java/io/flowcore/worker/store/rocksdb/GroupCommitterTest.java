package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.EventValueCodec;
import io.flowcore.worker.store.StoreHealth;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDBException;

/** A group committer whose writer fails. */
class GroupCommitterTest {
  private static final byte[] PAYLOAD = "{}".getBytes(UTF_8);

  private static NewEvent event() {
    EventDetails details =
        new EventDetails(
            4_000_000_000L, 0, new EventDetails.ValidTime.SameAsEventTime(), true, PAYLOAD);
    return new NewEvent(
        UUID.randomUUID(), NewEvent.WHEN_COMMITTED, details, PAYLOAD, 0, PAYLOAD.length);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailedWriteIsFinalAndWakesAllCallers(boolean outOfMemory) throws Exception {
    TestClock wall = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));
    CommitClock clock = new CommitClock(wall, 0);
    CountDownLatch proceed = new CountDownLatch(1);
    AtomicLong firstFailed = new AtomicLong();
    GroupCommitter.GroupWriter failing =
        (events, instants) -> {
          firstFailed.set(instants.first());
          awaitUninterruptibly(proceed);
          if (outOfMemory) {
            throw new OutOfMemoryError("thrown by the test");
          }
          throw new RocksDBException("disk full");
        };
    try (GroupCommitter committer =
            new GroupCommitter(failing, clock, (events, nanos) -> {}, 1 << 20, 1 << 20);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      NewEvent event = event();
      List<Future<List<EventId>>> appends = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        appends.add(callers.submit(() -> committer.append(List.of(event), Optional.empty())));
        await().until(() -> firstFailed.get() > 0);
      }
      long each = (long) EventValueCodec.encodedLength(event) + EventKeyCodec.KEY_LENGTH;
      await().until(() -> committer.queuedBytes() == 9L * each);
      proceed.countDown();

      for (Future<List<EventId>> append : appends) {
        assertThatThrownBy(() -> append.get(20, TimeUnit.SECONDS))
            .hasMessageContaining("the hot store cannot write");
      }
      assertThatThrownBy(() -> committer.append(List.of(event), Optional.empty()))
          .hasMessageContaining("the hot store cannot write");
      assertThat(committer.health()).isInstanceOf(StoreHealth.Broken.class);
      assertThat(committer.queuedBytes()).isZero();
      wall.advance(Duration.ofSeconds(1));
      committer.awaitRenewal(Duration.ofSeconds(20));
      assertThat(clock.readWatermark())
          .as("the state of the disk is unknown")
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
}
