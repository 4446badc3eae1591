package io.flowcore.worker.disk;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Creates directories that only the user of the worker can enter (mode 700). */
public final class PrivateDirectories {
  private PrivateDirectories() {}

  /**
   * Creates a directory and its missing parents. The permissions of a directory that exists stay as
   * they are: the root of a Kubernetes volume, for example, belongs to a group of the cluster.
   *
   * @return the directory
   * @throws IOException if it cannot be created, or is not a directory
   */
  public static Path create(Path directory) throws IOException {
    return Files.createDirectories(directory, ownerOnly());
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }
}
