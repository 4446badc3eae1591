package io.flowcore.worker.archive.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Stores objects under keys, as S3 does. A key consists of names separated by slashes. An object is
 * stored completely or not at all, even if its writer crashes. Safe for use by many threads, and by
 * many processes that share the same objects.
 */
public interface ArchiveStore extends AutoCloseable {

  /**
   * Stores a file as a new object, and verifies the stored size and checksum.
   *
   * @param key a key that was never used before
   * @param sha256 of the file, 32 bytes
   * @throws ArchiveException {@code CORRUPT} if the stored object differs, as far as the store
   *     reports it
   */
  void put(String key, Path file, byte[] sha256) throws ArchiveException;

  /**
   * A small object as it was at one moment.
   *
   * @param version changes whenever the content changes
   */
  record Content(byte[] bytes, String version) {}

  /** Reads the latest version of a small object; empty if it does not exist. */
  Optional<Content> read(String key) throws ArchiveException;

  /**
   * Writes a small object if its version has not changed (compare and set).
   *
   * @param content different from what any other writer may write: if a response is lost, a writer
   *     that finds these bytes knows that its own write succeeded
   * @param version of the content to replace; empty to write only if the object does not exist
   * @return false if another writer was first; nothing is written then
   */
  boolean replace(String key, byte[] content, Optional<String> version) throws ArchiveException;

  /**
   * Reads a range of an object.
   *
   * @throws ArchiveException {@code MISSING} if the object does not exist, {@code CORRUPT} if it is
   *     shorter than the range
   */
  byte[] range(String key, long offset, int length) throws ArchiveException;

  /** Returns the size of an object in bytes; empty if it does not exist. */
  Optional<Long> size(String key) throws ArchiveException;

  /**
   * Lists what is directly below a prefix, sorted: the names of objects, and prefixes with a
   * trailing slash.
   *
   * @param prefix without a trailing slash; empty for the root
   */
  List<String> list(String prefix) throws ArchiveException;

  /** Receives objects one at a time. */
  interface ObjectVisitor {
    /**
     * Receives the next object.
     *
     * @param size in bytes
     */
    void object(String key, long size);
  }

  /**
   * Visits all objects below a prefix at any depth, in no particular order. The cost is that of
   * listing every key, so do not call it often.
   *
   * @param prefix without a trailing slash; empty for the root
   */
  void walk(String prefix, ObjectVisitor visitor) throws ArchiveException;

  /** Deletes an object if it exists. */
  void delete(String key) throws ArchiveException;

  /** Returns how many objects an archiver should write at the same time, at least 1. */
  int parallelism();

  /** Releases connections. */
  @Override
  void close();
}
