package io.flowcore.worker.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.RunsOnRequest;
import io.flowcore.worker.TestWorker;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.TimeBucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hours with honest and hostile clients on a worker of the default size. The disk is filled once,
 * it fails once, and the clock jumps once. {@code -Dsoak.minutes} sets the duration.
 */
@RunsOnRequest(property = "soak", reason = "it takes as long as soak.minutes says")
@Requires({OptionalPart.GCC, OptionalPart.MEMORY_CGROUPS, OptionalPart.MOUNT_NAMESPACES})
class SoakIT {
  private static final Duration DURATION = Duration.ofMinutes(Long.getLong("soak.minutes", 10));
  private static final int REQUESTS_PER_SECOND = Integer.getInteger("soak.rate", 60);
  private static final Path LOGS = Path.of("target/soak");
  private static final int READERS = 3;
  private static final int ATTACKERS = 4;
  private static final long THIRTY_YEARS = 30L * 365 * 86_400;

  /** How long the disk stays full, and how long the clock is wrong. */
  private static final Duration DISTURBANCE = Duration.ofSeconds(45);

  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(30);

  private final Ledger ledger = new Ledger();
  private volatile String phase = "start";
  private long start;
  private long peakMemory;

  @Test
  void nothingAcknowledgedIsLostOrDoubledInADayOfTrouble(@TempDir Path directory) throws Exception {
    Path resources = Files.createDirectories(directory.resolve("resources"));
    for (String file : List.of("shop.yaml", "key.yaml")) {
      Files.copy(TestWorker.QUICKSTART.resolve(file), resources.resolve(file));
    }
    Files.writeString(resources.resolve("hostile.yaml"), HostileClients.MANIFEST);
    Path logs = Files.createDirectories(LOGS);
    try (SoakMachine machine = new SoakMachine(directory, Path.of("src/test/c/clock_offset.c"));
        SoakWorker worker = new SoakWorker(machine, resources, logs);
        ExecutorService clients = Executors.newCachedThreadPool()) {
      worker.awaitReady();
      start = System.nanoTime();
      HonestClients honest = new HonestClients(worker.url("/"), ledger, () -> phase);
      Future<?> follower =
          clients.submit(() ->
              honest.follow(TimeBucket.ofTicks(EventTime.toTicks(Instant.now())), this::isRunning));
      List<Future<?>> others = startClients(clients, honest, worker);
      disturb(machine, worker);
      for (Future<?> client : others) {
        client.get();
      }
      follower.get();
      verify(machine, worker, honest);
    }
  }

  private List<Future<?>> startClients(
      ExecutorService clients, HonestClients honest, SoakWorker worker) {
    List<Future<?>> started = new ArrayList<>();
    started.add(
        clients.submit(() -> honest.send(REQUESTS_PER_SECOND, new Random(1), this::isRunning)));
    for (int n = 0; n < READERS; n++) {
      started.add(clients.submit(() -> honest.readEverything(this::isRunning)));
    }
    for (int n = 0; n < ATTACKERS; n++) {
      Random random = new Random(n);
      BooleanSupplier goOn = this::isRunning;
      started.add(clients.submit(() -> new HostileClients(worker.port(), random, goOn).run()));
    }
    return started;
  }

  private boolean isRunning() {
    return System.nanoTime() - start < DURATION.toNanos();
  }

  /** Waits until a part of the duration has passed, and enters the next phase. */
  private void at(double part, String next, SoakMachine machine, SoakWorker worker)
      throws Exception {
    long due = start + (long) (DURATION.toNanos() * part);
    while (System.nanoTime() < due) {
      LockSupport.parkNanos(Math.min(due - System.nanoTime(), REPORT_INTERVAL.toNanos()));
      System.out.printf(
          "SoakIT: %4d s, %s, %,d acknowledged, memory %d MiB, at most %d MiB, %d restarts%n",
          (System.nanoTime() - start) / 1_000_000_000L,
          phase,
          ledger.acknowledgedEvents(),
          machine.memory().used() >> 20,
          notePeak(machine) >> 20,
          worker.restarts());
    }
    phase = next;
  }

  private long notePeak(SoakMachine machine) throws IOException {
    peakMemory = Math.max(peakMemory, machine.memory().used());
    return peakMemory;
  }

  private void disturb(SoakMachine machine, SoakWorker worker) throws Exception {
    phase = "1 quiet";
    at(0.2, "2 disk full", machine, worker);
    machine.fillVolume(worker.pid());
    LockSupport.parkNanos(DISTURBANCE.toNanos());
    machine.freeVolume(worker.pid());
    LockSupport.parkNanos(DISTURBANCE.toNanos());
    phase = "3 after disk full";
    assertThat(worker.restarts()).as("restarts because of a full disk").isZero();

    at(0.5, "4 disk fails", machine, worker);
    machine.breakVolume(worker.pid());
    while (worker.restarts() == 0) {
      LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
    }
    worker.awaitReady();
    phase = "5 after restart";

    at(0.7, "6 clock ahead", machine, worker);
    machine.setClockOffset(THIRTY_YEARS);
    LockSupport.parkNanos(DISTURBANCE.toNanos());
    machine.setClockOffset(0);
    phase = "7 after clock jump";
    at(1.0, "8 end", machine, worker);
  }

  private void verify(SoakMachine machine, SoakWorker worker, HonestClients honest)
      throws Exception {
    BitSet stored = honest.stored();
    String report =
        String.format(
            Locale.ROOT,
            "%d minutes, %,d events acknowledged, at most %d MiB of memory, %d out-of-memory kills, %d"
                + " restarts, %d lost, %d skipped by the follower, faults: %s%n%s",
            DURATION.toMinutes(),
            ledger.acknowledgedEvents(),
            notePeak(machine) >> 20,
            machine.memory().kills(),
            worker.restarts(),
            ledger.missing(stored).cardinality(),
            ledger.skipped().cardinality(),
            ledger.faults(),
            ledger.report());
    System.out.println("SoakIT: " + report);
    Files.writeString(LOGS.resolve("report.md"), report);
    assertThat(ledger.missing(stored).cardinality()).as("lost events").isZero();
    assertThat(ledger.skipped().cardinality()).as("events that the follower skipped").isZero();
    assertThat(ledger.faults()).isEmpty();
    assertThat(worker.restarts()).as("restarts, one of which was provoked").isEqualTo(1);
    assertThat(machine.memory().kills()).isZero();
  }
}
