package io.flowcore.worker.store.cassandra;

import static org.awaitility.Awaitility.await;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestClock;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.HotStoreContract;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Runs the contract of every hot store on a real Cassandra. */
@Requires(OptionalPart.CASSANDRA)
class CassandraHotStoreIT extends HotStoreContract {
  private final TestClock clock = TestClock.running();
  private CassandraSettings settings;
  private CassandraHotStore store;

  @BeforeEach
  void open() throws Exception {
    settings = TestCassandra.settings();
    store = open(settings);
  }

  private CassandraHotStore open(CassandraSettings cassandra) throws StoreException {
    return CassandraHotStore.open(cassandra, "worker", clock, (events, nanos) -> {});
  }

  @AfterEach
  void close() throws StoreException {
    if (store != null) {
      store.close();
      TestCassandra.drop(settings);
    }
  }

  @Override
  protected HotStore store() {
    return store;
  }

  @Override
  protected HotStore restarted() throws StoreException {
    store.close();
    store = open(settings);
    return store;
  }

  /** Events are archived when the hour in which they were ingested is over. */
  @Override
  protected void awaitArchivable() {
    clock.advance(Duration.ofHours(1));
    await()
        .until(() ->
            store.readWatermark(Long.MAX_VALUE)
                >= EventTime.toTicks(clock.instant().minusSeconds(60)));
  }
}
