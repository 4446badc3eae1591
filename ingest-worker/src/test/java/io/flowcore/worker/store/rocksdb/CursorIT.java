package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventDetails.ValidTime;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/**
 * A cursor never skips an acknowledged event that was ingested at its natural time, although other
 * events are dated in the future, the clock is set back, and the process crashes.
 */
class CursorIT {
  private static final UUID TYPE = UUID.randomUUID();
  private static final byte[] PAYLOAD = "{}".getBytes(UTF_8);
  private static final EventDetails DETAILS =
      new EventDetails(Long.MAX_VALUE, 0, new ValidTime.SameAsEventTime(), true, PAYLOAD);

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void aFollowingReaderSeesEveryEventOnceDespiteClockJumpsAndCrashes(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 8) int writers,
      @ForAll @IntRange(min = 1, max = 50) int pageSize,
      @ForAll @IntRange(min = 0, max = 3) int crashes)
      throws Exception {
    Path directory = Files.createTempDirectory("cursor");
    JumpingClock clock = new JumpingClock(seed);
    List<EventId> seen = new ArrayList<>();
    Set<EventId> natural = new HashSet<>();
    try {
      for (int life = 0; life <= crashes; life++) {
        Path next = directory.resolve("" + (life + 1));
        try (RocksHotStore store = open(directory.resolve("" + life), clock)) {
          Run run = new Run(store, clock, writers);
          run.follow(seed + life, pageSize, seen);
          natural.addAll(run.natural());
          // What a crash leaves: everything that was synced, without what a clean shutdown writes.
          copy(directory.resolve("" + life), next);
        }
        clock.setBack();
      }

      assertThat(seen).isSorted().doesNotHaveDuplicates();
      assertThat(new HashSet<>(seen)).containsAll(natural);
    } finally {
      TestDirectories.delete(directory);
    }
  }

  private static RocksHotStore open(Path directory, Clock clock) throws StoreException {
    return RocksHotStore.open(
        directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("LOCK")) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  /** Several writers, and a reader that follows them until all are done. */
  private static final class Run {
    private final RocksHotStore store;
    private final JumpingClock clock;
    private final AtomicInteger running;
    private final int writers;
    private final Set<EventId> natural = new HashSet<>();

    Run(RocksHotStore store, JumpingClock clock, int writers) {
      this.store = store;
      this.clock = clock;
      this.writers = writers;
      running = new AtomicInteger(writers);
    }

    /** Returns the acknowledged events without an event time of the client. */
    Set<EventId> natural() {
      return natural;
    }

    /** Continues after the events that were already seen. */
    void follow(long seed, int pageSize, List<EventId> seen)
        throws StoreException, InterruptedException, ExecutionException {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<List<EventId>>> results = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          Random random = new Random(seed + w);
          results.add(threads.submit(() -> write(random)));
        }
        EventId cursor = seen.isEmpty() ? EventId.first(0) : seen.getLast().next();
        boolean done;
        do {
          done = running.get() == 0;
          EventPage page =
              store.read(
                  new ReadRequest(
                      TYPE,
                      new EventRange(
                          cursor,
                          EventId.last(store.readWatermark(EventTime.MAX_TICKS)),
                          ReadOrder.ASCENDING),
                      pageSize,
                      1 << 20));
          for (StoredEvent event : page.events()) {
            seen.add(event.id());
            cursor = event.id().next();
          }
          done &= page.complete();
        } while (!done);
        for (Future<List<EventId>> result : results) {
          natural.addAll(result.get());
        }
      }
    }

    private List<EventId> write(Random random) throws StoreException {
      List<EventId> ids = new ArrayList<>();
      try {
        for (int i = 0; i < 40; i++) {
          boolean dated = random.nextInt(3) == 0;
          List<NewEvent> batch = new ArrayList<>();
          for (int n = random.nextInt(1, 20); n > 0; n--) {
            long ticks =
                dated
                    ? clock.currentTicks() + random.nextLong(EventTime.PER_SECOND)
                    : NewEvent.WHEN_COMMITTED;
            batch.add(new NewEvent(TYPE, ticks, DETAILS, PAYLOAD, 0, PAYLOAD.length));
          }
          List<EventId> appended = store.append(batch);
          if (!dated) {
            ids.addAll(appended);
          }
          if (random.nextInt(4) == 0) {
            LockSupport.parkNanos(random.nextInt(200_000));
          }
        }
      } finally {
        running.decrementAndGet();
      }
      return ids;
    }
  }

  /** Stops, advances, or is set back by up to an hour, at random. */
  private static final class JumpingClock extends Clock {
    private final Random random;
    private long ticks = EventTime.toTicks(Instant.parse("2026-01-01T00:59:59.999Z"));

    JumpingClock(long seed) {
      random = new Random(seed);
    }

    @Override
    public synchronized Instant instant() {
      ticks +=
          switch (random.nextInt(10)) {
            case 0 -> -random.nextLong(3_600 * EventTime.PER_SECOND);
            case 1, 2, 3 -> 0;
            default -> random.nextLong(EventTime.PER_SECOND);
          };
      return EventTime.toInstant(ticks);
    }

    synchronized void setBack() {
      ticks -= random.nextLong(3_600 * EventTime.PER_SECOND);
    }

    synchronized long currentTicks() {
      return ticks;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return InstantSource.system().withZone(zone);
    }
  }
}
