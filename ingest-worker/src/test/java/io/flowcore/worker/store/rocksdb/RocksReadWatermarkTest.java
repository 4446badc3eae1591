package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.TimeBucket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers at the turn of an hour, while a commit of the hour before is stalled. */
class RocksReadWatermarkTest {
  private static final TimeBucket HOUR = TimeBucket.parse("20260101120000").orElseThrow();
  private static final Instant END = Instant.parse("2026-01-01T13:00:00Z");
  private static final byte[] PAYLOAD = "{}".getBytes(UTF_8);

  private final TestClock wall = TestClock.stoppedAt(END.minusMillis(1));
  private final CommitClock clock = new CommitClock(wall, 0);
  private final Semaphore started = new Semaphore(0);
  private final Semaphore disk = new Semaphore(0);
  private final GroupCommitter committer =
      new GroupCommitter(this::write, clock, (events, nanos) -> {}, 1 << 20, 1 << 20);
  private final RocksReadWatermark watermark = new RocksReadWatermark(clock, committer);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private volatile long seen;

  private List<List<EventId>> write(
      List<GroupCommitter.Append> group, CommitClock.Instants instants) {
    started.release();
    disk.acquireUninterruptibly();
    List<List<EventId>> ids = new ArrayList<>();
    for (GroupCommitter.Append append : group) {
      ids.add(append.events().isEmpty() ? List.of() : List.of(EventId.of(instants.first(), 1)));
    }
    return ids;
  }

  /** Starts an append within the reservation of an earlier commit, which ends two seconds later. */
  private Future<List<EventId>> stalledAppend() throws Exception {
    disk.release();
    committer.awaitRenewal(Duration.ofSeconds(20));
    started.acquire();
    EventDetails details =
        new EventDetails(4_000_000_000L, 0, new ValidTime.SameAsEventTime(), true, PAYLOAD);
    NewEvent event =
        new NewEvent(UUID.randomUUID(), NewEvent.WHEN_COMMITTED, details, PAYLOAD, 0, 2);
    Future<List<EventId>> append =
        threads.submit(() -> committer.append(List.of(event), Optional.empty()));
    started.acquire();
    return append;
  }

  @AfterEach
  void close() {
    disk.release(1_000);
    committer.close();
    threads.close();
  }

  @Test
  void aReaderOfAPastHourWaitsForACommitOfThatHour() throws Exception {
    Future<List<EventId>> append = stalledAppend();
    wall.set(END.plusSeconds(1));
    Thread reader = Thread.ofVirtual().unstarted(() -> seen = watermark.read(HOUR.lastTick()));
    reader.start();
    await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
    disk.release(1_000);
    reader.join();

    assertThat(append.get().getFirst().bucket()).isEqualTo(HOUR);
    assertThat(seen).isGreaterThanOrEqualTo(HOUR.lastTick());
  }

  @Test
  void aReaderDoesNotWaitLongerThanItsTimeoutAndThenSeesThatTheHourIsNotComplete()
      throws Exception {
    var _ = stalledAppend();
    wall.set(END.plusSeconds(1));

    assertThat(watermark.read(HOUR.lastTick())).isLessThan(HOUR.lastTick());
  }

  @Test
  void aReaderOfTheCurrentHourDoesNotWait() throws Exception {
    var _ = stalledAppend();
    long began = System.nanoTime();

    assertThat(watermark.read(HOUR.lastTick())).isLessThan(HOUR.lastTick());
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
  }
}
