package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.store.StoreHealth;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BackgroundErrorReason;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the errors that RocksDB reports from its own threads, such as a failed flush. After most
 * of them it rejects writes until it has recovered, which it does by itself when a full disk has
 * space again: it looks every five seconds.
 *
 * <p>The Java API of RocksDB has no value for some reasons, for example a failed write of its list
 * of files. It prints an exception instead of reporting them. The next write, which fails, reports
 * them here.
 */
final class BackgroundErrors extends AbstractEventListener {
  /** For clients, so without a path. */
  static final String DISK_FULL =
      "disk full: the hot store cannot write until space is freed; it recovers without a restart";

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundErrors.class);

  private final DiskSpace disk;
  private volatile StoreHealth health = new StoreHealth.Healthy();

  /**
   * Whether a failed write has reported the error, and RocksDB may not. It reports the others, and
   * their end.
   */
  private volatile boolean reportedByWrite;

  BackgroundErrors(DiskSpace disk) {
    super(
        EnabledEventCallback.ON_BACKGROUND_ERROR, EnabledEventCallback.ON_ERROR_RECOVERY_COMPLETED);
    this.disk = disk;
  }

  @Override
  public void onBackgroundError(BackgroundErrorReason reason, Status error) {
    boolean full = error.getSubCode() == Status.SubCode.NoSpace;
    reportedByWrite = false;
    health =
        full
            ? new StoreHealth.DiskFull(DISK_FULL)
            : new StoreHealth.Impaired(
                "RocksDB reports a background error ("
                    + reason
                    + "); see the worker's log for the cause");
    LOG.error(
        "RocksDB reports a background error during {}: {}: {}",
        reason,
        error.getCodeString(),
        full ? disk.describe() : error.getState());
  }

  @Override
  public void onErrorRecoveryCompleted(Status error) {
    reportedByWrite = false;
    health = new StoreHealth.Healthy();
    LOG.info("RocksDB has recovered from a background error: {}", error.getCodeString());
  }

  /**
   * Records that RocksDB accepts writes, so that it has recovered from an error that made one fail.
   * Other errors may continue, for example of a compaction: writes do not end them.
   */
  void writeSucceeded() {
    if (reportedByWrite) {
      reportedByWrite = false;
      health = new StoreHealth.Healthy();
    }
  }

  /** Records that RocksDB rejected a write because the disk is full. */
  void diskWasFull(RocksDBException e) {
    if (health instanceof StoreHealth.Healthy) {
      reportedByWrite = true;
      health = new StoreHealth.DiskFull(DISK_FULL);
      LOG.error("The hot store cannot write: {}", disk.describe(), e);
    }
  }

  StoreHealth health() {
    return health;
  }
}
