package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;

/** The space that RocksDB may use for compactions. */
class CompactionSpaceIT {
  private static final long FREE = 10L << 30;

  @TempDir private Path directory;

  @Test
  void theFilesOfAStoreCountFromTheMomentItIsOpened() throws Exception {
    DiskSpace disk = new DiskSpace(directory, () -> FREE, 2 * FREE, FREE / 4);
    byte[] value = new byte[2 << 20];
    new Random(1).nextBytes(value);
    try (RocksFiles files = RocksFiles.open(directory, Optional.empty(), disk);
        FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      files.db().put(files.events(), new byte[] {1}, value);
      files.db().flush(flush, files.events());
    }

    try (RocksFiles files = RocksFiles.open(directory, Optional.empty(), disk)) {
      CompactionSpace compactions = files.environment().compactions();
      assertThat(compactions.manager().getTotalSize()).isGreaterThan(value.length);
      assertThat(compactions.limit())
          .isEqualTo(compactions.manager().getTotalSize() + FREE - disk.reserve(DiskUse.STORE));
    }
  }
}
