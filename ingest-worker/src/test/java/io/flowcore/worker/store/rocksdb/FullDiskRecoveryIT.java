package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.testing.OptionalPart;
import io.flowcore.testing.Requires;
import io.flowcore.worker.SmallVolume;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store does when RocksDB itself has run into a full disk. See {@link UnguardedStore}. */
@Requires(OptionalPart.MOUNT_NAMESPACES)
class FullDiskRecoveryIT {
  @TempDir private Path directory;

  @Test
  void aStoreWhoseWritesFailedOnAFullDiskRecoversWithoutARestart() throws Exception {
    Path data = directory.resolve("data");
    try (SmallVolume volume = SmallVolume.mount(data, 200)) {
      List<String> command = new ArrayList<>(volume.prefix());
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx128m",
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("java.class.path"),
              UnguardedStore.class.getName(),
              data.toString()));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      assertThat(output)
          .containsSubsequence(
              "rejected: OVERLOADED disk full",
              "health: DiskFull",
              "lost while full: 0",
              "expiry: disk full",
              "health: Healthy",
              "expiry: 5 removed",
              "lost after recovery: 0",
              "lost after a restart: 0",
              "done: true");
    }
  }
}
