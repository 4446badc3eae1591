package io.flowcore.worker.archive.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Delegates to a store that can be replaced while it is in use by one with other credentials or
 * settings for the same objects. Replaced stores are closed with this one, because requests may
 * still use them.
 */
public class ReloadableArchiveStore implements ArchiveStore {
  private final List<ArchiveStore> replaced = new ArrayList<>();
  private volatile ArchiveStore current;

  /** Creates a store that delegates to another store. */
  public ReloadableArchiveStore(ArchiveStore first) {
    current = first;
  }

  /** Delegates all later requests to another store. */
  public synchronized void reload(ArchiveStore next) {
    replaced.add(current);
    current = next;
  }

  @Override
  public void put(String key, Path file, byte[] sha256) throws ArchiveException {
    current.put(key, file, sha256);
  }

  @Override
  public Optional<Content> read(String key) throws ArchiveException {
    return current.read(key);
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return current.replace(key, content, version);
  }

  @Override
  public byte[] range(String key, long offset, int length) throws ArchiveException {
    return current.range(key, offset, length);
  }

  @Override
  public Optional<Long> size(String key) throws ArchiveException {
    return current.size(key);
  }

  @Override
  public List<String> list(String prefix) throws ArchiveException {
    return current.list(prefix);
  }

  @Override
  public void walk(String prefix, ObjectVisitor visitor) throws ArchiveException {
    current.walk(prefix, visitor);
  }

  @Override
  public void delete(String key) throws ArchiveException {
    current.delete(key);
  }

  @Override
  public int parallelism() {
    return current.parallelism();
  }

  @Override
  public synchronized void close() {
    current.close();
    replaced.forEach(ArchiveStore::close);
  }
}
