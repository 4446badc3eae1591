package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.testing.TestDirectories;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.PendingEvents;
import io.flowcore.worker.store.PendingHour;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.DiskTrace.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the power at random moments. A process runs with a library that records every change of its
 * files. For each seed, {@link SimulatedDisk} builds what the disk may contain after one of these
 * changes; then the store must open, with everything that had been acknowledged. Only on a file
 * system that makes changes of a directory durable in any order, it may refuse to open instead:
 * RocksDB can lose the name of a new file there, but keep the one of the MANIFEST that lists it.
 *
 * <p>{@code -Dpower.seeds=N} sets the number of cuts, {@code -Dpower.first=N} the first seed.
 */
@Requires(OptionalPart.GCC)
class PowerCutIT extends HotStoreFixture {
  private static final int SEEDS = Integer.getInteger("power.seeds", 80);
  private static final int FIRST = Integer.getInteger("power.first", 1);

  /** Cuts of one recorded run. */
  private static final int CUTS_PER_RUN = 100;

  @TempDir private Path directory;
  private Path library;

  @BeforeEach
  void compileTheLibrary() throws Exception {
    library = directory.resolve("powertrace.so");
    run(
        new ProcessBuilder(
            "gcc", "-shared", "-fPIC", "-O1", "-o", library.toString(), "src/test/c/powertrace.c"));
  }

  private void run(ProcessBuilder builder) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ended in time").isTrue();
      assertThat(process.exitValue()).as(() -> read(output)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Runs the workload, and returns its changes. */
  private List<Operation> record(Path work, long seed) throws Exception {
    Files.createDirectories(work.resolve("store"));
    Path trace = work.resolveSibling(work.getFileName() + ".trace");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            PowerCutWorkload.class.getName(),
            work.resolve("store").toString(),
            work.resolve("acknowledgements").toString(),
            String.valueOf(seed));
    builder.environment().put("LD_PRELOAD", library.toString());
    builder.environment().put("POWERTRACE_PREFIX", work + "/");
    builder.environment().put("POWERTRACE_FILE", trace.toString());
    run(builder);
    List<Operation> operations = DiskTrace.read(trace);
    Files.delete(trace);
    return operations;
  }

  @Test
  void everyAcknowledgedEventSurvivesAPowerCut() throws Exception {
    long acknowledged = 0;
    int cuts = 0;
    List<Operation> operations = List.of();
    Path work = directory;
    List<String> refusals = new ArrayList<>();
    for (int seed = FIRST; seed < FIRST + SEEDS; seed++) {
      if ((seed - FIRST) % CUTS_PER_RUN == 0) {
        work = directory.resolve("run-" + seed);
        operations = record(work, seed);
        assertThatTheWorkloadIsVaried(operations);
      }
      Random random = new Random(seed);
      List<SimulatedDisk.Ordering> orderings = List.of(SimulatedDisk.Ordering.values());
      SimulatedDisk.Ordering ordering = orderings.get(random.nextInt(orderings.size()));
      SimulatedDisk disk =
          new SimulatedDisk(work.resolve("store"), work.resolve("acknowledgements"), ordering);
      operations.subList(0, moment(operations, random)).forEach(disk::apply);
      Path target = Files.createDirectories(directory.resolve("cut/hot"));
      disk.cut(random, target);
      Acknowledged known = Acknowledged.parse(disk.acknowledged());
      try {
        verify(target, known, "seed " + seed + ", " + ordering);
      } catch (StoreException e) {
        assertThat(ordering).as(e.getMessage()).isEqualTo(SimulatedDisk.Ordering.NONE);
        assertThat(e).hasMessageContaining("flowcore store recover");
        assertThat(disk.unsyncedNames())
            .as(e.getMessage())
            .anyMatch(name -> name.endsWith(".sst") && e.getMessage().contains(name));
        refusals.add("seed " + seed + ": " + e.getMessage());
      }
      TestDirectories.delete(target);
      acknowledged += known.events.size();
      cuts++;
    }
    System.out.printf(
        "PowerCutIT: %d power cuts, %d acknowledged events, none lost; %d stores did not open %s%n",
        cuts, acknowledged, refusals.size(), refusals);
    assertThat(refusals).hasSizeLessThanOrEqualTo(cuts / 50);
  }

  /** Half of the cuts are during a sync, where most is in doubt. */
  private static int moment(List<Operation> operations, Random random) {
    int moment = random.nextInt(operations.size()) + 1;
    if (random.nextBoolean()) {
      while (moment < operations.size() && !(operations.get(moment) instanceof Operation.SyncEnd)) {
        moment++;
      }
    }
    return moment;
  }

  private static void assertThatTheWorkloadIsVaried(List<Operation> operations) {
    assertThat(created(operations, ".log")).as("logs").isGreaterThan(10);
    assertThat(created(operations, ".sst")).as("tables").isGreaterThan(20);
    assertThat(operations.stream().filter(Operation.SyncEnd.class::isInstance).count())
        .as("syncs")
        .isGreaterThan(200);
  }

  private static long created(List<Operation> operations, String suffix) {
    return operations.stream()
        .filter(operation ->
            operation instanceof Operation.Open(int _, String path, boolean _)
                && path.endsWith(suffix))
        .map(operation -> ((Operation.Open) operation).path())
        .distinct()
        .count();
  }

  /** What the process had acknowledged: values by id or request. */
  private record Acknowledged(
      Map<String, String> events, Map<String, String> keys, Map<String, String> archived) {
    static Acknowledged parse(byte[] lines) {
      Acknowledged all = new Acknowledged(new HashMap<>(), new HashMap<>(), new HashMap<>());
      for (String line : new String(lines, US_ASCII).split("\n")) {
        String[] words = line.split(" ");
        switch (words[0]) {
          case "event" -> all.events.put(words[1], words[2]);
          case "key" -> all.keys.put(words[1], words[2]);
          case "archived" -> all.archived.put(words[1], words[2]);
          case "" -> {}
          default -> throw new IllegalStateException(line);
        }
      }
      return all;
    }
  }

  private void verify(Path store, Acknowledged acknowledged, String description)
      throws StoreException {
    EventId next;
    try (RocksHotStore opened = open(store)) {
      assertComplete(opened, acknowledged, description);
      next = opened.append(List.of(event(PowerCutWorkload.KEPT, -1, "last/0/1/"))).getFirst();
      EventId latest =
          acknowledged.events.keySet().stream()
              .map(id -> EventId.parse(id).orElseThrow())
              .max(Comparator.naturalOrder())
              .orElse(EventId.first(0));
      assertThat(next).as("%s: the id of the next event", description).isGreaterThan(latest);
    }
    acknowledged.events.put(next.toString(), "last");
    try (RocksHotStore again = open(store)) {
      assertComplete(again, acknowledged, description + ", opened again");
    }
  }

  private static RocksHotStore open(Path store) throws StoreException {
    return RocksHotStore.open(
        store, Clock.systemUTC(), (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  private static void assertComplete(
      RocksHotStore store, Acknowledged acknowledged, String description) throws StoreException {
    Map<String, String> stored = new HashMap<>();
    Map<String, Integer> missingOfRequest = new HashMap<>();
    for (StoredEvent event : all(store, PowerCutWorkload.KEPT)) {
      String[] payload = new String(event.payload(), UTF_8).split(PowerCutWorkload.SEPARATOR, -1);
      stored.put(event.id().toString(), payload[0]);
      missingOfRequest.merge(payload[0], Integer.parseInt(payload[2]) - 1, (a, _) -> a - 1);
    }
    List<String> lost =
        acknowledged.events.keySet().stream()
            .filter(id -> !acknowledged.events.get(id).equals(stored.get(id)))
            .toList();
    assertThat(lost)
        .as("%s: lost of %d acknowledged events", description, acknowledged.events.size())
        .isEmpty();
    assertThat(missingOfRequest.values())
        .as("%s: missing events of stored requests", description)
        .allMatch(missing -> missing == 0);
    for (Map.Entry<String, String> key : acknowledged.keys.entrySet()) {
      assertThat(store.idempotencyRecord(PowerCutWorkload.key(key.getKey())))
          .as("%s: idempotency record of request %s", description, key.getKey())
          .get()
          .satisfies(record -> assertThat(record.ids().getFirst()).hasToString(key.getValue()));
    }
    assertThat(pendingEvents(store))
        .as("%s: pending events", description)
        .noneMatch(acknowledged.archived::containsKey);
  }

  private static List<String> pendingEvents(RocksHotStore store) throws StoreException {
    List<PendingHour> hours = new ArrayList<>();
    store.pendingHours(hours::add);
    List<String> ids = new ArrayList<>();
    for (PendingHour hour : hours) {
      try (PendingEvents events = store.claim(hour).orElseThrow()) {
        List<StoredEvent> page = events.next(1_000_000, Integer.MAX_VALUE).events();
        page.forEach(event -> ids.add(event.id().toString()));
      }
    }
    return ids;
  }
}
