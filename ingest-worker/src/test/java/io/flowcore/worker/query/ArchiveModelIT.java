package io.flowcore.worker.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whatever is ingested, whenever it expires, and wherever the archiver is broken off: a query
 * answers exactly the events that a simple model says, in order, each once, with the same bytes hot
 * and cold. {@code -Dmodel.seeds} sets how many random lives of a store are tried (40), {@code
 * -Dmodel.first} the first of them.
 */
class ArchiveModelIT {
  private static final long SEEDS = Long.getLong("model.seeds", 40);
  private static final long FIRST = Long.getLong("model.first", System.nanoTime());

  /** One worker with a store of its own. */
  private static final ModelRun.Engine EMBEDDED =
      new ModelRun.Engine() {
        @Override
        public List<HotStore> open(Path folder, Clock clock) throws StoreException {
          return List.of(
              RocksHotStore.open(
                  folder, clock, (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT));
        }

        @Override
        public void settle(HotStore store) {}

        @Override
        public int minTtl() {
          return 1;
        }
      };

  @Test
  void hotAndColdTogetherAnswerAsTheModelDoes() throws Exception {
    int events = 0;
    long merges = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Path folder = Files.createTempDirectory("model");
      try (ModelRun run = new ModelRun(seed, folder, EMBEDDED)) {
        events += run.live(40);
        merges += run.merges();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      } finally {
        delete(folder);
      }
    }
    System.out.printf(
        "ArchiveModelIT: %d seeds from %d, %d events, %d merges%n", SEEDS, FIRST, events, merges);
    assertThat(merges).isGreaterThan(SEEDS / 10);
    assertThat(events).isGreaterThan((int) SEEDS * 20);
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
