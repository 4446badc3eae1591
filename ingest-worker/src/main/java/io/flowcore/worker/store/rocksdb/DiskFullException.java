package io.flowcore.worker.store.rocksdb;

import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * The disk has no space for a write. Nothing of the write is visible: either it was not attempted,
 * or RocksDB rejects every write until it has replaced the log in which the write failed. Only if
 * the process ends before that, the write may be in the log, and be visible after the restart.
 */
final class DiskFullException extends RocksDBException {
  private static final long serialVersionUID = 1;

  /** Creates an exception whose message is sent to clients. */
  DiskFullException(String message) {
    super(message);
  }

  DiskFullException(String message, RocksDBException cause) {
    super(message);
    initCause(cause);
  }

  /**
   * Returns whether a write failed because the disk was full, so that RocksDB recovers when there
   * is space again. It recovers from no other error of the file system, an exhausted quota
   * included: after those it rejects every write until it is opened again.
   */
  static boolean isCause(RocksDBException e) {
    Status status = e.getStatus();
    return status != null && status.getSubCode() == Status.SubCode.NoSpace;
  }
}
