package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A query returns exactly the events of a simple model, in order, each once, and with the same
 * bytes from the hot store and the archive, whatever is ingested, expires or interrupts the
 * archiver. {@code -Dmodel.seeds} sets the number of random runs (default: 40), {@code
 * -Dmodel.first} the first seed.
 */
class ArchiveModelIT {
  private static final long SEEDS = Long.getLong("model.seeds", 15);
  private static final long FIRST = Long.getLong("model.first", System.nanoTime());

  /** One worker with an embedded store. */
  private static final ModelRun.Engine EMBEDDED =
      new ModelRun.Engine() {
        @Override
        public List<HotStore> open(Path directory, Clock clock) throws StoreException {
          return List.of(
              RocksHotStore.open(
                  directory, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT));
        }

        @Override
        public void settle(HotStore store) {}

        @Override
        public int minTtl() {
          return 1;
        }
      };

  @Test
  void hotAndArchivedEventsTogetherEqualTheModel() throws Exception {
    int events = 0;
    long compactions = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Path directory = Files.createTempDirectory("model");
      try (ModelRun run = new ModelRun(seed, directory, EMBEDDED)) {
        events += run.steps(40);
        compactions += run.compactions();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      } finally {
        TestDirectories.delete(directory);
      }
    }
    System.out.printf(
        "ArchiveModelIT: %d seeds from %d, %d events, %d compactions%n",
        SEEDS, FIRST, events, compactions);
    assertThat(compactions).isGreaterThan(SEEDS / 10);
    assertThat(events).isGreaterThan((int) SEEDS * 20);
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
