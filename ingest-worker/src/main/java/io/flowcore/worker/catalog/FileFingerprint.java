package io.flowcore.worker.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The attributes that change with the content of a file. Follows symbolic links, because a kubelet
 * replaces a mounted directory by changing a link.
 *
 * @param key identity of the file, such as its inode; "null" if the file system has none
 */
record FileFingerprint(Path path, FileTime modified, long size, String key) {

  /** Reads the attributes of a file. Returns empty if it does not exist. */
  static Optional<FileFingerprint> of(Path path) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return Optional.of(
          new FileFingerprint(
              path,
              attributes.lastModifiedTime(),
              attributes.size(),
              String.valueOf(attributes.fileKey())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Reads the attributes of those files that exist. */
  static List<FileFingerprint> of(List<Path> paths) throws IOException {
    List<FileFingerprint> all = new ArrayList<>();
    for (Path path : paths) {
      of(path).ifPresent(all::add);
    }
    return all;
  }
}
