package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.disk.DiskUse;
import io.flowcore.worker.disk.PrivateDirectories;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** Checks the directory of a store before it is opened. */
final class StoreDirectory {
  private StoreDirectory() {}

  /**
   * Creates the directory if it does not exist.
   *
   * @throws StoreException with a message for the administrator if it cannot be used
   */
  static void prepare(Path directory) throws StoreException {
    try {
      Optional<String> obstacle = SalvagedCopy.obstacle(directory);
      if (obstacle.isPresent()) {
        throw new StoreException(Kind.UNUSABLE, obstacle.get());
      }
      PrivateDirectories.create(directory);
      Files.delete(Files.createTempFile(directory, "write-test", ".tmp"));
    } catch (IOException e) {
      throw notWritable(directory, e);
    }
  }

  /** Returns the space of the disk of a directory, with the default reserve. */
  static DiskSpace space(Path directory) throws StoreException {
    prepare(directory);
    try {
      return DiskSpace.of(directory, OptionalLong.empty(), RocksLimits::minReserve);
    } catch (IOException e) {
      throw notWritable(directory, e);
    }
  }

  private static StoreException notWritable(Path directory, IOException e) {
    if (DiskSpace.isFull(e)) {
      return new StoreException(
          Kind.UNAVAILABLE,
          "disk full: the disk of the data directory "
              + directory
              + " has no space left; delete other files on it, or enlarge the volume",
          e);
    }
    return new StoreException(
        Kind.UNUSABLE,
        "the data directory "
            + directory
            + " is not writable: "
            + e.getClass().getSimpleName()
            + " "
            + e.getMessage(),
        e);
  }

  /** Returns why a store does not open whose disk is full. */
  static String full(Path directory, DiskSpace disk) {
    return String.format(
        Locale.ROOT,
        "the hot store in %s cannot be opened: %s; up to %,d bytes are needed to start",
        directory,
        disk.describe(),
        disk.reserve(DiskUse.STORE));
  }
}
