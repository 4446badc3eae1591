package io.flowcore.worker.archive;

import io.flowcore.worker.archive.ArchiveException.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Fails at one operation, before it has an effect or after, as a crash or a broken connection does.
 */
final class FaultyStore implements ArchiveStore {
  private final ArchiveStore store;

  /** Operations that still succeed; negative for all. */
  private int until = -1;

  private boolean afterEffect;

  FaultyStore(ArchiveStore store) {
    this.store = store;
  }

  /** Fails at the n-th operation from now on, and at every later one. */
  synchronized void failAt(int n, boolean after) {
    until = n;
    afterEffect = after;
  }

  synchronized void heal() {
    until = -1;
  }

  private interface Operation<T> {
    T run() throws ArchiveException;
  }

  private synchronized <T> T faulty(Operation<T> operation) throws ArchiveException {
    if (until == 0 && !afterEffect) {
      throw broken();
    }
    T result = operation.run();
    if (until == 0) {
      afterEffect = false;
      throw broken();
    }
    until = until > 0 ? until - 1 : until;
    return result;
  }

  private static ArchiveException broken() {
    return new ArchiveException(Kind.UNAVAILABLE, "a fault of the test");
  }

  @Override
  public void put(String key, Path file, byte[] sha256) throws ArchiveException {
    faulty(() -> {
      store.put(key, file, sha256);
      return null;
    });
  }

  @Override
  public Optional<Content> read(String key) throws ArchiveException {
    return faulty(() -> store.read(key));
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return faulty(() -> store.replace(key, content, version));
  }

  @Override
  public byte[] range(String key, long offset, int length) throws ArchiveException {
    return faulty(() -> store.range(key, offset, length));
  }

  @Override
  public Optional<Long> size(String key) throws ArchiveException {
    return faulty(() -> store.size(key));
  }

  @Override
  public List<String> list(String folder) throws ArchiveException {
    return faulty(() -> store.list(folder));
  }

  @Override
  public long usage(String folder) throws ArchiveException {
    return faulty(() -> store.usage(folder));
  }

  @Override
  public void delete(String key) throws ArchiveException {
    faulty(() -> {
      store.delete(key);
      return null;
    });
  }

  @Override
  public void close() {
    store.close();
  }
}
