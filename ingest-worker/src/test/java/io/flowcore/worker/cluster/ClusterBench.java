package io.flowcore.worker.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchableStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.flowcore.testing.CassandraServer;
import io.flowcore.worker.TestWorker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Measures events per second with one, two and three workers on three nodes, all on this machine,
 * and compares them with the baseline: what the driver alone writes. Also reports the CPU time and
 * the bytes written to the nodes' disks per event. Run by {@code bench/cassandra.sh}.
 */
public final class ClusterBench {
  private static final int SECONDS = Integer.getInteger("bench.seconds", 15);
  private static final int SINGLES = 64;
  private static final int BATCHES = 16;
  private static final int BATCH = 100;
  private static final int CLOCK_TICKS = 100;
  private static final String EVENT =
      "{\"orderId\":123456,\"customer\":\"%s\",\"total\":19.90,\"currency\":\"EUR\"}"
          .formatted("x".repeat(340));

  private final Cluster cluster;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private ClusterBench(Cluster cluster) {
    this.cluster = cluster;
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("bench").resolve("cluster");
    Cluster cluster = new Cluster(Files.createDirectories(directory));
    try {
      cluster.start(1);
      new ClusterBench(cluster).run();
    } finally {
      cluster.close();
    }
  }

  private void run() throws Exception {
    System.out.printf("events of %d bytes, %d s per measurement%n", EVENT.length(), SECONDS);
    System.out.println(
        "| measurement | events/s | relative to the baseline | worker CPU, µs per event | node CPU, µs per event | bytes written per event | bytes written per byte of the three replicas |");
    System.out.println("|---|---|---|---|---|---|---|");
    measure("warm-up, single events", SINGLES, 1, this::single, 0);
    measure("warm-up, batches", BATCHES, BATCH, this::batch, 0);
    double singles;
    double batches;
    try (BaselineWriter driver = new BaselineWriter(cluster.nodes())) {
      measure("driver alone, warm-up", SINGLES, 1, n -> driver.write(1), 0);
      singles = measure("driver alone, single rows", SINGLES, 1, n -> driver.write(1), 0);
      batches =
          measure("driver alone, batches of " + BATCH, BATCHES, BATCH, n -> driver.write(BATCH), 0);
    }
    for (int workers = 1; workers <= Cluster.SIZE; workers++) {
      cluster.start(workers);
      String label = workers == 1 ? "1 worker" : workers + " workers";
      measure(label + ", warm-up", SINGLES, 1, this::single, 0);
      measure(label + ", single events", SINGLES, 1, this::single, singles);
      measure(label + ", batches of " + BATCH, BATCHES, BATCH, this::batch, batches);
    }
  }

  private interface Write {
    void run(long number) throws Exception;
  }

  private double measure(String what, int threads, int events, Write write, double baseline)
      throws Exception {
    AtomicLong done = new AtomicLong();
    Cost before = cost();
    long began = System.nanoTime();
    long end = began + TimeUnit.SECONDS.toNanos(SECONDS);
    try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> results = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        long first = t;
        results.add(
            senders.submit(() -> {
              for (long n = first; System.nanoTime() < end; n++) {
                write.run(n);
                done.addAndGet(events);
              }
              return null;
            }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    Cost after = cost();
    double count = done.get();
    if (!what.contains("warm-up")) {
      double written = (after.nodesWritten - before.nodesWritten) / count;
      System.out.printf(
          "| %s | %,.0f | %s | %,.0f | %,.0f | %,.0f | %.1f |%n",
          what,
          count / seconds,
          baseline == 0 ? "" : "%.2f".formatted(count / seconds / baseline),
          (after.workersCpu - before.workersCpu) * 1e6 / count,
          (after.nodesCpu - before.nodesCpu) * 1e6 / count,
          written,
          written / (3.0 * EVENT.length()));
    }
    return count / seconds;
  }

  private void single(long number) throws Exception {
    post(number, "/event", EVENT);
  }

  private void batch(long number) throws Exception {
    post(number, "/events", "[" + (EVENT + ",").repeat(BATCH - 1) + EVENT + "]");
  }

  private void post(long number, String path, String body) throws Exception {
    List<Cluster.Member> workers = cluster.workers();
    Cluster.Member worker = workers.get((int) (number % workers.size()));
    HttpRequest request =
        HttpRequest.newBuilder(worker.url(path + TestWorker.PLACED))
            .header("Authorization", TestWorker.KEY)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    int status = client.send(request, BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IOException("unexpected status " + status);
    }
  }

  /** CPU time in seconds, and bytes written to disk. */
  private record Cost(double workersCpu, double nodesCpu, double nodesWritten) {}

  private Cost cost() throws IOException {
    double workers = 0;
    for (Cluster.Member worker : cluster.workers()) {
      workers += cpu(worker.pid());
    }
    double nodes = 0;
    double written = 0;
    for (CassandraServer node : cluster.nodes()) {
      nodes += cpu(node.pid());
      try (Stream<String> lines = Files.lines(Path.of("/proc/" + node.pid() + "/io"))) {
        written +=
            lines
                .filter(line -> line.startsWith("write_bytes: "))
                .mapToLong(line -> Long.parseLong(line.substring("write_bytes: ".length())))
                .sum();
      }
    }
    return new Cost(workers, nodes, written);
  }

  private static double cpu(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Double.parseDouble(fields[11]) + Double.parseDouble(fields[12])) / CLOCK_TICKS;
  }

  /** Writes only rows of the same size, into a table with the same compaction strategy. */
  private static final class BaselineWriter implements AutoCloseable {
    private final CqlSession session;
    private final PreparedStatement insert;
    private final ByteBuffer value = ByteBuffer.wrap(("x".repeat(48) + EVENT).getBytes(UTF_8));
    private final AtomicLong number = new AtomicLong();

    BaselineWriter(List<CassandraServer> nodes) {
      session =
          CqlSession.builder()
              .addContactPoint(
                  new InetSocketAddress(nodes.getFirst().address(), CassandraServer.PORT))
              .withLocalDatacenter(CassandraServer.DATACENTER)
              .build();
      session.execute(
          "CREATE TABLE chaos.baseline (p int, id blob, value blob, PRIMARY KEY (p, id)) WITH compaction ="
              + " {'class': 'TimeWindowCompactionStrategy'}");
      insert = session.prepare("INSERT INTO chaos.baseline (p, id, value) VALUES (?, ?, ?)");
    }

    void write(int rows) {
      long first = number.getAndAdd(rows);
      List<BatchableStatement<?>> all = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        ByteBuffer id = ByteBuffer.allocate(16).putLong(first + i).putLong(0).flip();
        all.add(insert.bind((int) (first / 100_000), id, value.duplicate()));
      }
      session.execute(
          (rows == 1
                  ? insert.bind(
                      (int) (first / 100_000),
                      ByteBuffer.allocate(16).putLong(first).putLong(0).flip(),
                      value.duplicate())
                  : BatchStatement.newInstance(DefaultBatchType.UNLOGGED, all))
              .setConsistencyLevel(DefaultConsistencyLevel.LOCAL_QUORUM));
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
