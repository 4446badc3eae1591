package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestClock;
import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** What is removed when clocks jump, the store restarts, and events are archived late. */
class ExpiryModelIT extends HotStoreFixture {
  private static final Clock BEFORE_EVERY_EXPIRY = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  /** After so many passes a pass has begun at the start of the index. */
  private static final int PASSES = 65;

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void everyArchivedEventIsRemovedAfterItsTtlAndNoneBefore(@ForAll long seed) throws Exception {
    Path directory = Files.createTempDirectory("expiry");
    try {
      Model model = new Model(directory, new Random(seed));
      model.run();
    } finally {
      TestDirectories.delete(directory);
    }
  }

  @Test
  void anEventThatExpiredWhilePendingIsRemovedAfterAClockSetBackAndARestart() throws Exception {
    Path directory = Files.createTempDirectory("expiry");
    try {
      Model model = new Model(directory, new Random(1));
      model.open();
      model.append(5, true);
      model.clock.advance(Duration.ofSeconds(60));
      model.store.expire(100);
      model.store.close();
      model.clock.advance(Duration.ofHours(-1));
      model.open();
      model.archiveAll();

      model.assertEverythingIsRemovedInTheEnd();
    } finally {
      TestDirectories.delete(directory);
    }
  }

  private static final class Model {
    private final Path directory;
    private final Random random;
    private final TestClock clock = TestClock.stoppedAt(Instant.parse("2026-01-01T00:00:00Z"));

    /** The expiry of each event that is not archived, or was not to be archived. */
    private final Map<EventId, Long> pending = new LinkedHashMap<>();

    private final Map<EventId, Long> others = new LinkedHashMap<>();

    /** The latest second at which something may have been removed. */
    private long latestSecond;

    private RocksHotStore store;

    Model(Path directory, Random random) {
      this.directory = directory;
      this.random = random;
    }

    void open() throws StoreException {
      store =
          RocksHotStore.open(
              directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
    }

    void run() throws Exception {
      open();
      for (int step = 0; step < 120; step++) {
        switch (random.nextInt(8)) {
          case 0, 1 -> append(random.nextInt(1, 600), random.nextBoolean());
          case 2, 3 -> {
            latest();
            store.expire(random.nextInt(1, 10));
          }
          case 4 -> clock.advance(Duration.ofSeconds(random.nextInt(300)));
          case 5 -> clock.advance(Duration.ofSeconds(-random.nextInt(1_000)));
          case 6 -> archive(random.nextInt(5));
          default -> {
            store.close();
            open();
          }
        }
        check();
      }
      archiveAll();
      assertEverythingIsRemovedInTheEnd();
    }

    private void latest() {
      latestSecond = Math.max(latestSecond, clock.instant().getEpochSecond());
    }

    void append(int ttlSeconds, boolean archive) throws StoreException {
      NewEvent event = withTtl(ttlSeconds, archive);
      EventId id = store.append(List.of(event)).getFirst();
      long expires = event.detailsAt(id.ticks()).expiresAtSecond();
      (archive ? pending : others).put(id, expires);
    }

    private void archive(int count) throws StoreException {
      List<EventId> ids =
          new ArrayList<>(pending.keySet()).subList(0, Math.min(count, pending.size()));
      latest();
      store.markArchived(TYPE, ids);
      for (EventId id : List.copyOf(ids)) {
        others.put(id, pending.remove(id));
      }
    }

    void archiveAll() throws StoreException {
      archive(pending.size());
    }

    private void check() throws StoreException {
      Set<EventId> found =
          all(store, TYPE).stream().map(StoredEvent::id).collect(Collectors.toSet());
      assertThat(found).as("events pending archive").containsAll(pending.keySet());
      long now = Math.max(latestSecond, clock.instant().getEpochSecond());
      others.forEach((id, expires) -> {
        if (expires > now) {
          assertThat(found).as("before the end of its TTL").contains(id);
        }
      });
    }

    void assertEverythingIsRemovedInTheEnd() throws Exception {
      clock.advance(Duration.ofHours(10));
      for (int i = 0; i < PASSES; i++) {
        store.expire(1_000);
      }
      store.close();
      try (RocksExport files = RocksExport.open(directory, BEFORE_EVERY_EXPIRY)) {
        assertThat(files.hours()).as("hours that contain events on disk").isEmpty();
      }
    }
  }
}
