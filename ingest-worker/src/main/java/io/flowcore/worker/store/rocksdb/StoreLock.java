package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Exclusive use of a store's directory. RocksDB has a lock of its own, but takes it only after the
 * files have been checked.
 */
final class StoreLock implements AutoCloseable {
  static final String NAME = "store.lock";

  private final FileChannel file;

  private StoreLock(FileChannel file) {
    this.file = file;
  }

  /**
   * Takes the lock of a directory that exists.
   *
   * @throws StoreException if another process, or another store of this process, holds it
   */
  static StoreLock take(Path directory) throws StoreException {
    try {
      FileChannel file =
          FileChannel.open(
              directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = file.tryLock();
        if (lock != null) {
          return new StoreLock(file);
        }
      } catch (OverlappingFileLockException e) {
        file.close();
        throw inUse(directory, e);
      }
      file.close();
      throw inUse(directory, null);
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNUSABLE, "cannot lock the data directory " + directory + ": " + e, e);
    }
  }

  private static StoreException inUse(Path directory, Exception cause) {
    return new StoreException(
        Kind.UNUSABLE,
        "the data directory "
            + directory
            + " is in use by another worker; stop that worker, or set another directory with --data",
        cause);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
