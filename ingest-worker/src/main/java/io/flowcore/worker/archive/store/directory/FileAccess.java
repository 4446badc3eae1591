package io.flowcore.worker.archive.store.directory;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.disk.DiskSpace;
import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** Accesses files of an archive, and translates what fails into errors of an archive. */
final class FileAccess {
  private FileAccess() {}

  interface Access<T> {
    T run() throws IOException, ArchiveException;
  }

  /**
   * Runs an access to the file of an object.
   *
   * @throws ArchiveException {@code REJECTED} without permission, otherwise {@code UNAVAILABLE}
   */
  static <T> T access(String key, Access<T> access) throws ArchiveException {
    try {
      return access.run();
    } catch (AccessDeniedException e) {
      throw new ArchiveException(
          Kind.REJECTED,
          "the worker has no permission to access the archive object "
              + key
              + "; check the owner and mode of the file and its directories",
          e);
    } catch (IOException e) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the archive object "
              + key
              + " cannot be accessed"
              + (DiskSpace.isFull(e) ? ": the disk of the archive is full; free space on it" : ""),
          e);
    }
  }
}
