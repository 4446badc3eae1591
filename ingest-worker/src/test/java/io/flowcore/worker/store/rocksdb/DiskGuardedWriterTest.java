package io.flowcore.worker.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.store.HotStoreFixture;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreHealth;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** From which failed writes the store recovers without a restart: from those RocksDB recovers. */
class DiskGuardedWriterTest extends HotStoreFixture {
  private static RocksDBException noSpace() {
    return new RocksDBException(
        new Status(
            Status.Code.IOError,
            Status.SubCode.NoSpace,
            "While appending to file: 000004.log: No space left on device"));
  }

  private static RocksDBException quotaExceeded() {
    return new RocksDBException(
        new Status(
            Status.Code.IOError,
            Status.SubCode.None,
            "While appending to file: 000004.log: Disk quota exceeded"));
  }

  @TempDir private Path directory;

  @BeforeEach
  void load() {
    RocksDB.loadLibrary();
  }

  private StoreHealth healthAfter(RocksDBException failure) throws Exception {
    DiskSpace disk = DiskSpace.withoutReserve(directory);
    try (BackgroundErrors errors = new BackgroundErrors(disk);
        GroupCommitter committer =
            new GroupCommitter(
                new DiskGuardedWriter(
                    (group, instants) -> {
                      throw failure;
                    },
                    disk,
                    errors),
                new CommitClock(Clock.systemUTC(), 0),
                (events, nanos) -> {},
                1 << 20,
                1 << 20)) {
      assertThatThrownBy(() -> committer.append(List.of(now("{}")), Optional.empty()))
          .isInstanceOf(StoreException.class);
      return committer.health() instanceof StoreHealth.Broken broken ? broken : errors.health();
    }
  }

  @Test
  void aFullDiskIsWaitedFor() throws Exception {
    assertThat(healthAfter(noSpace())).isInstanceOf(StoreHealth.DiskFull.class);
  }

  @Test
  void anExhaustedQuotaNeedsARestart() throws Exception {
    assertThat(healthAfter(quotaExceeded())).isInstanceOf(StoreHealth.Broken.class);
  }
}
