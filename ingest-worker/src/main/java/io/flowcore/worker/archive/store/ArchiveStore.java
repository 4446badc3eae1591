package io.flowcore.worker.archive.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Keeps objects under keys, as S3 does. A key is names with slashes between them. An object is
 * there as a whole or not at all, whatever happens to the one who writes it. Safe for use by many
 * threads, and by many processes on the same objects.
 */
public interface ArchiveStore extends AutoCloseable {

  /**
   * Stores a file as a new object, and asks the store what it has.
   *
   * @param key one that was never used before
   * @param sha256 of the file, 32 bytes
   * @throws ArchiveException {@code CORRUPT} if the store then has other bytes, as far as it tells
   */
  void put(String key, Path file, byte[] sha256) throws ArchiveException;

  /**
   * A small object as it was at one moment.
   *
   * @param version changes whenever the content does
   */
  record Content(byte[] bytes, String version) {}

  /** Reads a small object, the newest version of it. Empty if there is none. */
  Optional<Content> read(String key) throws ArchiveException;

  /**
   * Writes a small object if it still is as it was.
   *
   * @param content unlike any that another writer may write: where an answer was lost, finding
   *     these bytes tells a writer that it was the one
   * @param version of the content to replace; empty to write only where there is none
   * @return false if another writer came first; then nothing is written
   */
  boolean replace(String key, byte[] content, Optional<String> version) throws ArchiveException;

  /**
   * Reads a part of an object.
   *
   * @throws ArchiveException {@code MISSING} if there is no such object, {@code CORRUPT} if it ends
   *     before the part does
   */
  byte[] range(String key, long offset, int length) throws ArchiveException;

  /** The size of an object in bytes. Empty if there is none. */
  Optional<Long> size(String key) throws ArchiveException;

  /**
   * What lies directly below a folder, sorted: objects by their names, folders with a slash at the
   * end.
   *
   * @param folder without a slash at its end; empty for the top
   */
  List<String> list(String folder) throws ArchiveException;

  /** Takes objects one after the other. */
  interface ObjectVisitor {
    /** An object with so many bytes. */
    void object(String key, long size);
  }

  /**
   * Visits all objects below a folder, however deep, in no order. Looks at every name, so it is for
   * now and then.
   *
   * @param folder without a slash at its end; empty for the top
   */
  void walk(String folder, ObjectVisitor visitor) throws ArchiveException;

  /** Removes an object, if it is there. */
  void delete(String key) throws ArchiveException;

  /** Releases connections. */
  @Override
  void close();
}
