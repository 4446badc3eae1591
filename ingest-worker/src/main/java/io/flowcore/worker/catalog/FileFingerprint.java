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
 * What changes about a file when its content does. Follows links, since a kubelet swaps a mounted
 * folder by a link.
 *
 * @param key the file's identity where the file system has one, else empty
 */
record FileFingerprint(Path path, FileTime modified, long size, String key) {

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

  static List<FileFingerprint> of(List<Path> paths) throws IOException {
    List<FileFingerprint> all = new ArrayList<>();
    for (Path path : paths) {
      of(path).ifPresent(all::add);
    }
    return all;
  }
}
