package io.flowcore.worker.store.cassandra;

import static org.awaitility.Awaitility.await;

import io.flowcore.testing.AheadClock;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.store.HotStore;
import io.flowcore.worker.store.HotStoreContract;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The promises of every hot store, on a real Cassandra. */
class CassandraHotStoreIT extends HotStoreContract {
  private final AheadClock clock = new AheadClock();
  private CassandraSettings settings;
  private CassandraHotStore store;

  @BeforeEach
  void open() throws Exception {
    settings = TestCassandra.settings();
    store = open(settings);
  }

  private CassandraHotStore open(CassandraSettings of) throws StoreException {
    return CassandraHotStore.open(of, "worker", clock, (events, nanos) -> {});
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

  /** What arrives within an hour is archived when that is over. */
  @Override
  protected void awaitArchivable() {
    clock.pass(Duration.ofHours(1));
    await()
        .until(() ->
            store.readWatermark(Long.MAX_VALUE)
                >= EventTime.toTicks(clock.instant().minusSeconds(60)));
  }
}
