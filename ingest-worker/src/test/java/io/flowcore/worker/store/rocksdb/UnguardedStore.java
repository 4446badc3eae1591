package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.event.EventDetails;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.store.EventPage;
import io.flowcore.worker.store.ReadRequest;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that lets a store run into a full disk, as if the disk were filled between the check
 * and the write, and then frees space. Prints what it sees; {@link FullDiskRecoveryIT} reads it.
 */
final class UnguardedStore {
  private static final UUID TYPE = UUID.randomUUID();
  private static final int EXPIRED = 5;
  private static final Random RANDOM = new Random(1);

  private final Path hot;
  private final Path foreign;
  private final List<EventId> acknowledged = new ArrayList<>();

  private UnguardedStore(Path volume) {
    hot = volume.resolve("hot");
    foreign = volume.resolve("foreign");
  }

  public static void main(String[] arguments) throws Exception {
    new UnguardedStore(Path.of(arguments[0])).run();
  }

  /** The disk looks empty, so nothing stops before RocksDB fails. */
  private RocksHotStore open() throws Exception {
    long total = Files.getFileStore(hot.getParent()).getTotalSpace();
    DiskSpace blind =
        new DiskSpace(hot, () -> Long.MAX_VALUE, total, RocksLimits.minReserve(total));
    return RocksHotStore.open(hot, Clock.systemUTC(), (events, nanos) -> {}, blind);
  }

  private void run() throws Exception {
    try (RocksHotStore store = open()) {
      append(store);
      for (int i = 0; i < EXPIRED; i++) {
        appendExpired(store);
      }
      fill();
      String rejection = appendUntilRejected(store);
      System.out.println("rejected: " + rejection);
      System.out.println("health: " + store.health());
      System.out.println("lost while full: " + countLost(store));
      System.out.println("expiry: " + expire(store));
      Files.delete(foreign);
      awaitAccepted(store);
      awaitHealthy(store);
      System.out.println("health: " + store.health());
      System.out.println("expiry: " + expire(store));
      System.out.println("lost after recovery: " + countLost(store));
    }
    try (RocksHotStore store = open()) {
      System.out.println("lost after a restart: " + countLost(store));
      append(store);
    }
    System.out.println("done: " + (acknowledged.size() > 100));
  }

  private void fill() throws IOException {
    byte[] block = new byte[64 << 10];
    try (OutputStream out = Files.newOutputStream(foreign)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!DiskSpace.isFull(e)) {
        throw e;
      }
    }
  }

  private void append(RocksHotStore store) throws StoreException {
    byte[] payload = new byte[60_000];
    RANDOM.nextBytes(payload);
    EventDetails details =
        new EventDetails(
            4_000_000_000L,
            0,
            new EventDetails.ValidTime.SameAsEventTime(),
            true,
            "{}".getBytes(UTF_8));
    acknowledged.addAll(
        store.append(
            List.of(
                new NewEvent(TYPE, NewEvent.WHEN_COMMITTED, details, payload, 0, payload.length)),
            Optional.empty()));
  }

  /** Appends an event whose TTL has passed. */
  private static void appendExpired(RocksHotStore store) throws StoreException {
    byte[] json = "{}".getBytes(UTF_8);
    EventDetails details =
        new EventDetails(1, 0, new EventDetails.ValidTime.SameAsEventTime(), false, json);
    var _ =
        store.append(
            List.of(new NewEvent(TYPE, NewEvent.WHEN_COMMITTED, details, json, 0, json.length)),
            Optional.empty());
  }

  private static String expire(RocksHotStore store) {
    try {
      return store.expire(100) + " removed";
    } catch (StoreException e) {
      return e.getMessage();
    }
  }

  private static void awaitHealthy(RocksHotStore store) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!(store.health() instanceof StoreHealth.Healthy) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  private String appendUntilRejected(RocksHotStore store) {
    while (true) {
      try {
        append(store);
      } catch (StoreException e) {
        return e.kind() + " " + e.getMessage();
      }
    }
  }

  private void awaitAccepted(RocksHotStore store) throws StoreException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try {
        append(store);
        return;
      } catch (StoreException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
    }
  }

  private long countLost(RocksHotStore store) throws StoreException {
    List<EventId> found = new ArrayList<>();
    EventId from = EventId.of(0, 0);
    boolean complete = false;
    while (!complete) {
      EventRange range =
          new EventRange(from, EventId.last(EventTime.MAX_TICKS), ReadOrder.ASCENDING);
      EventPage page = store.read(new ReadRequest(TYPE, range, 1_000, 16 << 20));
      page.events().forEach(event -> found.add(event.id()));
      complete = page.complete();
      from = complete ? from : found.getLast();
    }
    return acknowledged.stream().filter(id -> !found.contains(id)).count();
  }
}
