package io.flowcore.worker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
  private static final Path DATA = Path.of("/data");

  private static List<DiskUse> stopped(DiskSpace disk) {
    return Stream.of(DiskUse.values()).filter(use -> disk.obstacle(use, 1).isPresent()).toList();
  }

  @Test
  void eventsStopFirstThenTheArchiveAndThenTheStore() throws Exception {
    AtomicLong free = new AtomicLong(4_002);
    DiskSpace disk = new DiskSpace(DATA, free::get, 100_000, 4_000);
    assertThat(stopped(disk)).isEmpty();
    free.set(4_000);
    assertThat(stopped(disk)).containsExactly(DiskUse.INGEST);
    free.set(2_000);
    assertThat(stopped(disk)).containsExactly(DiskUse.INGEST, DiskUse.ARCHIVE);
    free.set(1_000);
    assertThat(stopped(disk)).containsExactly(DiskUse.values());
    assertThat(disk.describe()).contains("disk full", "/data", "1,000 bytes free", "4,000 bytes");
  }

  @Test
  void aLargeWriteMustFitAboveTheReserveOfItsUse() throws Exception {
    DiskSpace disk = new DiskSpace(DATA, () -> 1_500, 100_000, 4_000);
    assertThat(disk.obstacle(DiskUse.STORE, 499)).isEmpty();
    assertThat(disk.obstacle(DiskUse.STORE, 500)).isPresent();
    assertThat(new DiskSpace(DATA, () -> 5, 10, Long.MAX_VALUE).obstacle(DiskUse.STORE, 1))
        .isPresent();
  }

  @Test
  void theDiskIsReadAtMostTenTimesPerSecond() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    DiskSpace disk =
        new DiskSpace(
            DATA,
            () -> {
              reads.incrementAndGet();
              return Long.MAX_VALUE;
            },
            Long.MAX_VALUE,
            1);
    long start = System.nanoTime();
    for (int i = 0; i < 100_000; i++) {
      assertThat(disk.obstacle(DiskUse.INGEST, 0).isEmpty()).isTrue();
    }
    long tenths = (System.nanoTime() - start) / 100_000_000L;
    assertThat(reads.get()).isLessThanOrEqualTo((int) (2 + tenths));
  }

  @Test
  void aDiskThatCannotBeReadCountsAsFull() throws Exception {
    AtomicLong calls = new AtomicLong();
    DiskSpace disk =
        new DiskSpace(
            DATA,
            () -> {
              if (calls.getAndIncrement() > 0) {
                throw new IOException("gone");
              }
              return Long.MAX_VALUE;
            },
            Long.MAX_VALUE,
            1);
    await().untilAsserted(() -> assertThat(disk.obstacle(DiskUse.INGEST, 0)).isPresent());
  }

  @Test
  void byDefaultATenthOfTheDiskIsReservedAndAtMostTwoGibibytes(@TempDir Path directory)
      throws Exception {
    long tenth = Math.min(directory.toFile().getTotalSpace() / 10, 2L << 30);
    assertThat(DiskSpace.of(directory, OptionalLong.empty(), total -> 0).reserve(DiskUse.INGEST))
        .isEqualTo(tenth);
    assertThat(
            DiskSpace.of(directory, OptionalLong.empty(), total -> 3L << 30)
                .reserve(DiskUse.INGEST))
        .isEqualTo(3L << 30);
    assertThat(DiskSpace.of(directory, OptionalLong.of(5), total -> 7).reserve(DiskUse.INGEST))
        .isEqualTo(5);
  }

  @Test
  void aFullDiskIsRecognizedInTheCauses() {
    assertThat(DiskSpace.isFull(new IOException("x", new IOException("No space left on device"))))
        .isTrue();
    assertThat(DiskSpace.isFull(new IOException())).isFalse();
  }

  @Test
  void aNewDirectoryIsPrivateAndAnExistingOneKeepsItsPermissions(@TempDir Path directory)
      throws Exception {
    Path root =
        Files.setPosixFilePermissions(
            Files.createDirectory(directory.resolve("volume")),
            PosixFilePermissions.fromString("rwxrwx---"));
    Path created = PrivateDirectories.create(root.resolve("a/b"));
    for (Path each : List.of(created, created.getParent())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
          .isEqualTo("rwx------");
    }
    assertThat(PrivateDirectories.create(root)).isEqualTo(root);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .isEqualTo("rwxrwx---");
  }
}
