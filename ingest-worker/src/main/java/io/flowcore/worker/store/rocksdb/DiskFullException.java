package io.flowcore.worker.store.rocksdb;

import org.rocksdb.RocksDBException;

/**
 * The disk has no space for a write. Nothing of the write is or becomes visible: either it was not
 * attempted, or RocksDB rejects every write until it has replaced the log in which the write
 * failed.
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
}
