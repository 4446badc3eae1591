package io.flowcore.worker;

import io.flowcore.catalog.Ids;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.limit.RequestMemory;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.TestCassandra;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** A real worker in this process, with the manifests of the quickstart and more. */
public final class TestWorker extends WorkerClient implements AutoCloseable {
  public static final String KEY = "fc_quickstart_for-trying-only-not-a-secret";
  public static final String PLACED = "/acme/shop/orders/order.placed";
  public static final String SHIPPED = "/acme/shop/orders/order.shipped";
  public static final Path QUICKSTART = Path.of("../examples/quickstart");

  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

  static final RequestMemory.Limits ENOUGH_MEMORY =
      new RequestMemory.Limits(128 << 20, 128 << 20, 128 << 20);

  private final Path resources;
  private final Path data;
  private final Duration requestTimeout;
  private Clock clock = Clock.systemUTC();
  private Worker worker;
  private CassandraSettings onCassandra;

  private TestWorker(Path resources, Path data, Duration requestTimeout) {
    this.resources = resources;
    this.data = data;
    this.requestTimeout = requestTimeout;
  }

  /** Starts in a directory, with copies of the quickstart and of the given manifests. */
  public static TestWorker start(Path directory, String... moreManifests) throws Exception {
    return start(directory, REQUEST_TIMEOUT, moreManifests);
  }

  public static TestWorker start(Path directory, Duration requestTimeout, String... moreManifests)
      throws Exception {
    Path resources = Files.createDirectories(directory.resolve("resources"));
    for (String file : List.of("shop.yaml", "key.yaml")) {
      Files.copy(QUICKSTART.resolve(file), resources.resolve(file));
    }
    for (int i = 0; i < moreManifests.length; i++) {
      Files.writeString(resources.resolve("more-" + i + ".yaml"), moreManifests[i]);
    }
    TestWorker started = new TestWorker(resources, directory.resolve("data"), requestTimeout);
    started.start();
    return started;
  }

  private void start() throws Exception {
    start(ENOUGH_MEMORY, OptionalLong.empty());
  }

  private void start(RequestMemory.Limits memory, OptionalLong diskReserve) throws Exception {
    WorkerServer.Settings settings =
        new WorkerServer.Settings("127.0.0.1", 0, 0, requestTimeout, 1_000);
    worker =
        Worker.start(
            new ManifestDirectory(resources),
            data,
            new Worker.Settings(
                settings,
                memory,
                diskReserve,
                Duration.ofMillis(300),
                cassandra(),
                DrainSettings.SINGLE),
            clock);
  }

  /** With {@code -Dtest.store=cassandra} the hot store is a keyspace of a real Cassandra. */
  private Optional<CassandraSettings> cassandra() throws Exception {
    if (onCassandra == null && "cassandra".equals(System.getProperty("test.store"))) {
      onCassandra = TestCassandra.settings();
    }
    return Optional.ofNullable(onCassandra);
  }

  public void restart() throws Exception {
    worker.close();
    start();
  }

  /** Restarts with a clock that the test may move. */
  public void restart(Clock moved) throws Exception {
    clock = moved;
    restart();
  }

  /** Restarts with limits on the memory of requests. */
  public void restart(RequestMemory.Limits memory) throws Exception {
    worker.close();
    start(memory, OptionalLong.empty());
  }

  /** Restarts with a disk reserve, in bytes. */
  public void restart(long diskReserve) throws Exception {
    worker.close();
    start(ENOUGH_MEMORY, OptionalLong.of(diskReserve));
  }

  public Path resources() {
    return resources;
  }

  /** Returns the data directory. */
  public Path data() {
    return data;
  }

  @Override
  public int port() {
    return worker.port();
  }

  @Override
  public int managementPort() {
    return worker.managementPort();
  }

  /** Returns the id of an event type of the quickstart. */
  public static UUID typeId(String eventType) {
    return Ids.eventType(Ids.flowType(Ids.dataCore("acme", "shop"), "orders"), eventType);
  }

  @Override
  public void close() {
    worker.close();
    if (onCassandra != null) {
      try {
        TestCassandra.drop(onCassandra);
      } catch (StoreException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
