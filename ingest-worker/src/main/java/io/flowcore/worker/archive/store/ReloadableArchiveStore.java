package io.flowcore.worker.archive.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The same objects through another door: the store behind it may be replaced while it is in use, by
 * one with other credentials or settings. The ones before are closed at the end, since requests may
 * still be under way.
 */
public class ReloadableArchiveStore implements ArchiveStore {
  private final List<ArchiveStore> before = new ArrayList<>();
  private volatile ArchiveStore present;

  /** Goes to a store. */
  public ReloadableArchiveStore(ArchiveStore first) {
    present = first;
  }

  /** Goes to another store from now on. */
  public synchronized void to(ArchiveStore next) {
    before.add(present);
    present = next;
  }

  @Override
  public void put(String key, Path file, byte[] sha256) throws ArchiveException {
    present.put(key, file, sha256);
  }

  @Override
  public Optional<Content> read(String key) throws ArchiveException {
    return present.read(key);
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return present.replace(key, content, version);
  }

  @Override
  public byte[] range(String key, long offset, int length) throws ArchiveException {
    return present.range(key, offset, length);
  }

  @Override
  public Optional<Long> size(String key) throws ArchiveException {
    return present.size(key);
  }

  @Override
  public List<String> list(String folder) throws ArchiveException {
    return present.list(folder);
  }

  @Override
  public void walk(String folder, ObjectVisitor visitor) throws ArchiveException {
    present.walk(folder, visitor);
  }

  @Override
  public void delete(String key) throws ArchiveException {
    present.delete(key);
  }

  @Override
  public synchronized void close() {
    present.close();
    before.forEach(ArchiveStore::close);
  }
}
