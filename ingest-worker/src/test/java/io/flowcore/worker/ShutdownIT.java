package io.flowcore.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.flowcore.catalog.Catalog;
import io.flowcore.catalog.CatalogCodec;
import io.flowcore.worker.KeepAliveClient.Response;
import io.flowcore.worker.catalog.ManifestDirectory;
import io.flowcore.worker.http.DrainReport;
import io.flowcore.worker.http.DrainSettings;
import io.flowcore.worker.http.WorkerServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that stops loses no request of a client that keeps its connections open. */
class ShutdownIT {
  private static final DrainSettings DRAIN =
      new DrainSettings(
          Duration.ofMillis(200),
          Duration.ofSeconds(3),
          Duration.ofSeconds(10),
          Duration.ofSeconds(20));
  private static final int CLIENTS = 8;

  @TempDir private Path directory;

  /** Clients that use two workers in turn, and leave one that closes their connection. */
  private static final class RoundRobin implements AutoCloseable {
    private final List<Integer> ports;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicBoolean finished = new AtomicBoolean();
    private final ConcurrentHashMap<Integer, AtomicInteger> acknowledged =
        new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
    private final List<Future<?>> clients = new ArrayList<>();

    RoundRobin(int... ports) {
      this.ports = List.of(ports[0], ports[1]);
      this.ports.forEach(port -> acknowledged.put(port, new AtomicInteger()));
      for (int i = 0; i < CLIENTS; i++) {
        // Some clients send without a pause, some leave their connections idle for a while.
        long pause = TimeUnit.MILLISECONDS.toNanos(40L * (i % 4));
        clients.add(threads.submit(() -> send(pause)));
      }
    }

    private void send(long pauseNanos) {
      List<Integer> usable = new ArrayList<>(ports);
      Map<Integer, KeepAliveClient> connections = new HashMap<>();
      for (int turn = 0; !finished.get() && !usable.isEmpty(); turn++) {
        Integer port = usable.get(turn % usable.size());
        try {
          if (!connections.containsKey(port)) {
            connections.put(port, new KeepAliveClient(port));
          }
          Response response = connections.get(port).post("{\"a\":1}");
          if (response.status() == 200) {
            acknowledged.get(port).incrementAndGet();
          } else {
            lost.add(response.head() + response.body());
          }
          if (response.close()) {
            usable.remove((Object) port);
          }
        } catch (IOException e) {
          lost.add(port + ": " + e);
          usable.remove((Object) port);
        }
        LockSupport.parkNanos(pauseNanos);
      }
      connections.values().forEach(client -> assertThat(client).satisfies(KeepAliveClient::close));
    }

    int acknowledged(int port) {
      return acknowledged.get(port).get();
    }

    void awaitProgress(int port) {
      int before = acknowledged(port);
      await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged(port) > before + 100);
    }

    void finish() throws Exception {
      finished.set(true);
      for (Future<?> client : clients) {
        client.get();
      }
    }

    @Override
    public void close() {
      finished.set(true);
      threads.close();
    }
  }

  private Worker start(String name) throws Exception {
    return Worker.start(
        new ManifestDirectory(TestWorker.QUICKSTART),
        directory.resolve(name),
        new Worker.Settings(
            new WorkerServer.Settings("127.0.0.1", 0, 0, Duration.ofSeconds(20), 100),
            TestWorker.ENOUGH_MEMORY,
            OptionalLong.empty(),
            Duration.ofMinutes(1),
            Optional.empty(),
            DRAIN),
        Clock.systemUTC());
  }

  @Test
  void keepAliveClientsOfTwoWorkersLoseNoRequestWhenOneStops() throws Exception {
    Worker stopping = start("one");
    try (Worker other = start("two");
        RoundRobin clients = new RoundRobin(stopping.port(), other.port())) {
      clients.awaitProgress(stopping.port());

      DrainReport report = stopping.drain();
      stopping.close();

      clients.awaitProgress(other.port());
      clients.finish();
      assertThat(clients.lost).isEmpty();
      assertThat(report.unfinishedRequests()).isZero();
      assertThat(report.finishedRequests()).isPositive();
      assertThat(report.duration()).isLessThan(DRAIN.maxAccepting());
    } finally {
      stopping.close();
    }
  }

  @Test
  void keepAliveClientsOfTwoProcessesLoseNoRequestAfterSigterm() throws Exception {
    Catalog shop = new ManifestDirectory(TestWorker.QUICKSTART).load().catalog();
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Files.writeString(mount.resolve(CatalogCodec.CATALOG_FILE), CatalogCodec.writeCatalog(shop));
    Files.writeString(mount.resolve(CatalogCodec.KEYS_FILE), CatalogCodec.writeKeys(shop));
    try (WorkerProcess stopping =
            WorkerProcess.serve(mount, directory.resolve("one"), directory.resolve("out1"));
        WorkerProcess other =
            WorkerProcess.serve(mount, directory.resolve("two"), directory.resolve("out2"));
        RoundRobin clients = new RoundRobin(stopping.port(), other.port())) {
      clients.awaitProgress(stopping.port());

      stopping.terminate();

      assertThat(stopping.exitCode()).isZero();
      clients.awaitProgress(other.port());
      clients.finish();
      assertThat(clients.lost).isEmpty();
      assertThat(stopping.output())
          .containsPattern("Stopped: [1-9][0-9]* requests finished, 0 requests cut off");
    }
  }

  @Test
  void anIdleConnectionIsServedOnceMoreAfterTheStopHasBegun() throws Exception {
    Worker worker = start("one");
    try (KeepAliveClient idle = new KeepAliveClient(worker.port());
        KeepAliveClient silent = new KeepAliveClient(worker.port());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(idle.post("{}").close()).isFalse();
      assertThat(silent.post("{}").close()).isFalse();
      Future<DrainReport> report = threads.submit(worker::drain);
      try (WorkerProbe probe = new WorkerProbe(worker.managementPort())) {
        await().until(() -> probe.ready().contains("the worker is shutting down"));
      }

      Response response = idle.post("{\"a\":1}");

      assertThat(response.status()).isEqualTo(200);
      assertThat(response.close()).isTrue();
      assertThat(idle.isAtEnd()).isTrue();
      assertThat(report.get())
          .satisfies(ended -> {
            // A request counts until its thread has ended it, just after its response.
            assertThat(ended.finishedRequests()).isBetween(1L, 3L);
            assertThat(ended.idleConnections()).isEqualTo(1);
          });
      worker.close();
      assertThat(silent.isAtEnd()).isTrue();
    } finally {
      worker.close();
    }
  }

  @Test
  void aRequestThatBeganBeforeTheStopIsFinishedAndItsResponseClosesTheConnection()
      throws Exception {
    Worker worker = start("one");
    try (KeepAliveClient slow = new KeepAliveClient(worker.port());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        WorkerProbe probe = new WorkerProbe(worker.managementPort())) {
      slow.start(7);
      await().until(() -> probe.metrics().contains("flowcore_http_requests_in_flight 1.0"));
      Future<DrainReport> report = threads.submit(worker::drain);
      await().until(() -> probe.ready().contains("the worker is shutting down"));

      Response response = slow.finish("{\"a\":1}");

      assertThat(response.status()).isEqualTo(200);
      assertThat(response.close()).isTrue();
      assertThat(report.get().unfinishedRequests()).isZero();
    } finally {
      worker.close();
    }
  }
}
