package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recovery that was interrupted, and file systems without hard links. */
class SalvagedCopyIT extends HotStoreFixture {
  @TempDir private Path data;
  private Path hot;

  @BeforeEach
  void write() throws StoreException {
    hot = data.resolve("hot");
    try (RocksHotStore store = open()) {
      store.append(List.of(now("{}")));
    }
  }

  private RocksHotStore open() throws StoreException {
    return RocksHotStore.open(
        hot, Clock.systemUTC(), (events, nanos) -> {}, RocksHotStore.Settings.DEFAULT);
  }

  @Test
  void noEmptyStoreIsCreatedAfterARecoveryThatWasInterruptedBetweenItsMoves() throws Exception {
    SalvagedCopy copy = SalvagedCopy.create(hot);
    Files.move(hot, copy.keptAs(Clock.systemUTC()));

    for (String state : List.of("absent", "empty")) {
      assertThatThrownBy(this::open)
          .as(state)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the hot store in " + hot + " has no files")
          .hasMessageContaining("hot.damaged-")
          .hasMessageContaining("rename hot.recovering to hot");
      Files.createDirectories(hot);
    }
    Files.delete(hot);
    Files.move(copy.directory(), hot);
    open().close();
  }

  @Test
  void noEmptyStoreIsCreatedBesideDamagedFilesThatWereKept() throws Exception {
    Path kept = data.resolve("hot.damaged-20260101T000000Z");
    Files.move(hot, kept);

    assertThatThrownBy(this::open)
        .hasMessageContaining(kept.getFileName().toString())
        .hasMessageContaining("To start with an empty store, move them to another directory");
    assertThat(hot).doesNotExist();
    Files.move(kept, hot);
    try (RocksHotStore store = open()) {
      assertThat(all(store, TYPE)).hasSize(1);
    }
  }

  @Test
  void aStoreOpensBesideDamagedFilesThatWereKept() throws Exception {
    Files.createDirectory(data.resolve("hot.damaged-20260101T000000Z"));
    Files.createDirectory(data.resolve("hot.recovering"));

    try (RocksHotStore store = open()) {
      assertThat(all(store, TYPE)).hasSize(1);
    }
  }

  @Test
  void aFileThatCannotBeLinkedIsCopied() throws Exception {
    Path file = Files.writeString(data.resolve("1.sst"), "content");
    List<SalvagedCopy.Linker> linkers =
        List.of(
            (link, existing) -> {
              throw new UnsupportedOperationException();
            },
            (link, existing) -> {
              throw new FileSystemException(
                  link.toString(), existing.toString(), "Operation not permitted");
            });
    for (SalvagedCopy.Linker linker : linkers) {
      Path target = data.resolve("copy.sst");
      SalvagedCopy.linkOrCopy(file, target, linker);

      assertThat(target).hasContent("content");
      Files.delete(target);
    }
  }

  @Test
  void aFileThatCannotBeCopiedEitherIsAnError() {
    Path file = data.resolve("missing.sst");

    assertThatThrownBy(
            () -> SalvagedCopy.linkOrCopy(file, data.resolve("copy.sst"), Files::createLink))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing.sst");
  }
}
