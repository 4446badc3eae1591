package io.flowcore.worker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.rocksdb.RocksHotStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that recovers a damaged hot store. */
class StoreCommandIT extends HotStoreFixture {
  private static final int EVENTS = 20;

  @TempDir private Path data;
  private final PrintStream stdout = System.out;
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final List<EventId> ids = new ArrayList<>();

  @BeforeEach
  void write() throws StoreException {
    try (RocksHotStore store = open()) {
      for (int i = 0; i < EVENTS; i++) {
        ids.addAll(store.append(List.of(now("{\"n\":\"" + "x".repeat(200) + "\"}"))));
      }
    }
    System.setOut(new PrintStream(printed, true, UTF_8));
    System.setErr(new PrintStream(printed, true, UTF_8));
  }

  @AfterEach
  void restoreOutput() {
    System.setOut(stdout);
    System.setErr(stderr);
  }

  private RocksHotStore open() throws StoreException {
    return RocksHotStore.open(
        data.resolve("hot"),
        Clock.systemUTC(),
        (events, nanos) -> {},
        RocksHotStore.Settings.DEFAULT);
  }

  private int run(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("store", "recover", "--data", data.toString()));
    arguments.addAll(List.of(more));
    return WorkerMain.run(arguments.toArray(String[]::new));
  }

  private String output() {
    return printed.toString(UTF_8);
  }

  private Path log() throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("hot"))) {
      return files.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
    }
  }

  private byte[] damageOneEvent() throws IOException {
    byte[] bytes = Files.readAllBytes(log());
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(log(), bytes);
    return bytes;
  }

  private List<EventId> readAll() throws StoreException {
    try (RocksHotStore store = open()) {
      return all(store, TYPE).stream().map(StoredEvent::id).toList();
    }
  }

  @Test
  void anUndamagedStoreNeedsNoRecovery() throws Exception {
    assertThat(run("--accept-loss")).isZero();
    assertThat(output()).contains("A worker opens this store. Nothing to recover");
    assertThat(readAll()).isEqualTo(ids);
  }

  @Test
  void theDamageAndTheLossAreShownAndNothingIsChanged() throws Exception {
    byte[] damaged = damageOneEvent();

    assertThat(run()).isOne();
    assertThat(output())
        .containsPattern("Damaged: records are damaged, bytes \\d+ to \\d+ of \\d+\\.log")
        .containsPattern(
            "Acknowledged, but damaged or missing: 1 events in 1 groups, committed after 20")
        .contains("Nothing was changed")
        .contains("--accept-loss");
    assertThat(Files.readAllBytes(log())).isEqualTo(damaged);
  }

  @Test
  void everyOtherEventIsRecoveredAndTheDamagedFilesAreKept() throws Exception {
    byte[] damaged = damageOneEvent();

    assertThat(run("--accept-loss")).isZero();

    assertThat(output()).contains("Recovered a store with " + (EVENTS - 1) + " events");
    assertThat(readAll()).hasSize(EVENTS - 1).isSubsetOf(ids);
    try (Stream<Path> files = Files.list(data)) {
      Path kept =
          files
              .filter(file -> file.getFileName().toString().startsWith("hot.damaged-"))
              .findFirst()
              .orElseThrow();
      assertThat(output()).contains(kept.toString());
      try (Stream<Path> logs = Files.list(kept)) {
        assertThat(logs.filter(file -> file.toString().endsWith(".log")))
            .anySatisfy(log -> assertThat(Files.readAllBytes(log)).isEqualTo(damaged));
      }
    }
  }

  @Test
  void newEventsOfARecoveredStoreFollowTheLostOnes() throws Exception {
    damageOneEvent();
    assertThat(run("--accept-loss")).isZero();

    try (RocksHotStore store = open()) {
      EventId next = store.append(List.of(now("{}"))).getFirst();
      assertThat(next).isGreaterThan(ids.getLast());
    }
  }

  @Test
  void aStoreInUseIsRefused() throws Exception {
    try (RocksHotStore store = open()) {
      assertThat(run("--accept-loss")).isOne();
      assertThat(output()).contains("is in use by another worker");
      assertThat(all(store, TYPE)).hasSize(EVENTS);
    }
  }

  @Test
  void aDirectoryWithoutAStoreIsRefused() {
    assertThat(WorkerMain.run("store", "recover", "--data", data.resolve("none").toString()))
        .isOne();
    assertThat(output()).contains("is not a directory; set --data");
  }

  @Test
  void aStoreWhoseListOfFilesIsLostStaysUnchanged() throws Exception {
    Path current = data.resolve("hot/CURRENT");
    Files.writeString(current, "nonsense");

    assertThat(run("--accept-loss")).isOne();
    assertThat(output()).contains("cannot be recovered, and is unchanged");
    assertThat(Files.readString(current)).isEqualTo("nonsense");
  }
}
