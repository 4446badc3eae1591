package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.store.StoreHealth;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BackgroundErrorReason;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** How long the health of a store shows an error of RocksDB's own threads. */
class BackgroundErrorsTest {
  private static final Status DAMAGED =
      new Status(Status.Code.Corruption, Status.SubCode.None, "block checksum mismatch");

  private static final Status NO_SPACE =
      new Status(Status.Code.IOError, Status.SubCode.NoSpace, "No space left on device");

  @TempDir private Path directory;
  private BackgroundErrors errors;

  @BeforeEach
  void create() throws Exception {
    RocksDB.loadLibrary();
    errors = new BackgroundErrors(DiskSpace.withoutReserve(directory));
  }

  @AfterEach
  void close() {
    errors.close();
  }

  @Test
  void aWriteThatSucceedsDoesNotEndAnErrorOfACompaction() {
    errors.onBackgroundError(BackgroundErrorReason.COMPACTION, DAMAGED);
    errors.writeSucceeded();

    assertThat(errors.health()).isInstanceOf(StoreHealth.Impaired.class);
    errors.onErrorRecoveryCompleted(DAMAGED);
    assertThat(errors.health()).isInstanceOf(StoreHealth.Healthy.class);
  }

  @Test
  void aWriteThatSucceedsDoesNotEndACompactionsLackOfSpace() {
    errors.onBackgroundError(BackgroundErrorReason.COMPACTION, NO_SPACE);
    errors.diskWasFull(new RocksDBException(NO_SPACE));
    errors.writeSucceeded();

    assertThat(errors.health()).isInstanceOf(StoreHealth.DiskFull.class);
    errors.onErrorRecoveryCompleted(NO_SPACE);
    assertThat(errors.health()).isInstanceOf(StoreHealth.Healthy.class);
  }

  @Test
  void aWriteThatSucceedsEndsWhatAFailedWriteHasReported() {
    errors.diskWasFull(new RocksDBException(NO_SPACE));

    assertThat(errors.health()).isInstanceOf(StoreHealth.DiskFull.class);
    errors.writeSucceeded();
    assertThat(errors.health()).isInstanceOf(StoreHealth.Healthy.class);
  }
}
