package io.flowcore.worker.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import io.flowcore.worker.store.cassandra.CassandraHotStore;
import io.flowcore.worker.store.cassandra.TestCassandra;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The test of {@link ArchiveModelIT} with two workers on a real Cassandra: either of them accepts
 * events, archives and serves queries. {@code -Dcluster.model.seeds} sets the number of random runs
 * (default: 4), {@code -Dcluster.model.first} the first seed.
 */
@Requires(OptionalPart.CASSANDRA)
class ClusterModelIT {
  private static final long SEEDS = Long.getLong("cluster.model.seeds", 4);
  private static final long FIRST = Long.getLong("cluster.model.first", System.nanoTime());

  @Test
  void twoWorkersTogetherEqualTheModel() throws Exception {
    int events = 0;
    long archived = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Path directory = Files.createTempDirectory("model");
      CassandraSettings settings = TestCassandra.settings();
      try (ModelRun run = new ModelRun(seed, directory, new TwoWorkers(settings))) {
        events += run.steps(30);
        archived += run.archived();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      } finally {
        TestDirectories.delete(directory);
        TestCassandra.drop(settings);
      }
    }
    System.out.printf(
        "ClusterModelIT: %d seeds from %d, %d events, %d archived%n",
        SEEDS, FIRST, events, archived);
    assertThat(archived).isGreaterThan(SEEDS * 10);
    assertThat(events).isGreaterThan((int) SEEDS * 20);
  }

  private record TwoWorkers(CassandraSettings settings) implements ModelRun.Engine {
    @Override
    public List<HotStore> open(Path directory, Clock clock) throws StoreException {
      List<HotStore> stores = new ArrayList<>();
      for (String name : List.of("one", "two")) {
        stores.add(CassandraHotStore.open(settings, name, clock, (events, nanos) -> {}));
      }
      return stores;
    }

    /** A worker whose clock jumps leaves the cluster for a moment. */
    @Override
    public void settle(HotStore store) {
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(Duration.ofSeconds(30))
          .until(() -> store.health() instanceof StoreHealth.Healthy);
    }

    /** The database expires events by its own clock, which does not jump. */
    @Override
    public int minTtl() {
      return 1_000;
    }
  }
}
