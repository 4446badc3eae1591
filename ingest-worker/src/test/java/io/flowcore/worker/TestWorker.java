package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.catalog.Ids;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.WorkerServer;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.cassandra.TestCassandra;
import io.flowcore.worker.store.cassandra.cql.CassandraSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A real worker in this process, with the manifests of the quickstart and more, and a client for
 * it.
 */
public final class TestWorker implements AutoCloseable {
  public static final String KEY = "fc_quickstart_for-trying-only-not-a-secret";
  public static final String PLACED = "/acme/shop/orders/order.placed";
  public static final String SHIPPED = "/acme/shop/orders/order.shipped";
  public static final Path QUICKSTART = Path.of("../examples/quickstart");

  private static final long MEMORY = 64 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Path resources;
  private final Path data;
  private final Duration requestTimeout;
  private Worker worker;
  private CassandraSettings onCassandra;

  private TestWorker(Path resources, Path data, Duration requestTimeout) {
    this.resources = resources;
    this.data = data;
    this.requestTimeout = requestTimeout;
  }

  /** Starts in a directory, with copies of the quickstart and of the given manifests. */
  public static TestWorker start(Path directory, String... moreManifests) throws Exception {
    return start(directory, Duration.ofSeconds(20), moreManifests);
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
    start(MEMORY, MEMORY, OptionalLong.empty());
  }

  private void start(long bodyMemory, long queryMemory, OptionalLong diskReserve) throws Exception {
    WorkerServer.Settings settings =
        new WorkerServer.Settings(
            "127.0.0.1", 0, 0, requestTimeout, bodyMemory, queryMemory, 1_000);
    worker =
        Worker.start(
            new ManifestDirectory(resources),
            data,
            new Worker.Settings(settings, diskReserve, Duration.ofMillis(300), cassandra()),
            Clock.systemUTC());
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

  /** Restarts with limits on the memory of bodies and queries, in bytes. */
  public void restart(long bodyMemory, long queryMemory) throws Exception {
    worker.close();
    start(bodyMemory, queryMemory, OptionalLong.empty());
  }

  /** Restarts with a disk reserve, in bytes. */
  public void restart(long diskReserve) throws Exception {
    worker.close();
    start(MEMORY, MEMORY, OptionalLong.of(diskReserve));
  }

  public Path resources() {
    return resources;
  }

  public Worker worker() {
    return worker;
  }

  public int port() {
    return worker.server().port();
  }

  /** Returns the id of an event type of the quickstart. */
  public static UUID typeId(String eventType) {
    return Ids.eventType(Ids.flowType(Ids.dataCore("acme", "shop"), "orders"), eventType);
  }

  /** Returns a request with the key of the quickstart. */
  public HttpRequest.Builder request(String path) {
    return bare(path).header("Authorization", "Bearer " + KEY);
  }

  /** Returns a request without a key. */
  public HttpRequest.Builder bare(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  public Answer post(String path, String body, String... headers) {
    return post(path, body.getBytes(UTF_8), headers);
  }

  public Answer post(String path, byte[] body, String... headers) {
    HttpRequest.Builder request = request(path).POST(BodyPublishers.ofByteArray(body));
    boolean typed = false;
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
      typed |= headers[i].equalsIgnoreCase("Content-Type");
    }
    if (!typed) {
      request.header("Content-Type", "application/json");
    }
    return send(request.build());
  }

  public Answer get(String path) {
    return send(request(path).build());
  }

  public Answer management(String path) {
    return send(
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + worker.server().managementPort() + path))
            .build());
  }

  public Answer send(HttpRequest request) {
    try {
      HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString(UTF_8));
      return new Answer(response.statusCode(), response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Queries all events of a type over HTTP, oldest first. */
  public List<JsonNode> events(String eventType) {
    List<JsonNode> events = new ArrayList<>();
    String id = typeId(eventType).toString();
    for (JsonNode bucket :
        get("/api/v1/time-buckets?eventTypeId=" + id).json().get("timeBuckets")) {
      String cursor = "";
      do {
        JsonNode page =
            get("/api/v1/events?eventTypeId=" + id + "&timeBucket=" + bucket.asText() + cursor)
                .json();
        page.get("events").forEach(events::add);
        cursor = page.has("nextCursor") ? "&cursor=" + page.get("nextCursor").asText() : "";
      } while (!cursor.isEmpty());
    }
    return events;
  }

  /** Returns the number of stored events of all types. */
  public int stored() {
    return events("order.placed").size() + events("order.shipped").size();
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

  /** A response of the worker. */
  public record Answer(int status, HttpResponse<String> response) {
    public JsonNode json() {
      try {
        return JSON.readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(response.body(), e);
      }
    }

    public String body() {
      return response.body();
    }

    public String error() {
      return json().path("error").asText();
    }

    public String message() {
      return json().path("message").asText();
    }
  }
}
