package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fails at one operation, before it has an effect or after, as a crash or a broken connection does.
 */
final class FaultyStore implements ArchiveStore {
  private final ArchiveStore store;

  /** Operations that still succeed; negative for all. */
  private int until = -1;

  private boolean afterEffect;
  private boolean losing;
  private boolean stale;

  /** What manifests were before they were last replaced. */
  private final Map<String, Optional<Content>> before = new HashMap<>();

  FaultyStore(ArchiveStore store) {
    this.store = store;
  }

  /** Fails at the n-th operation from now on, and at every later one. */
  synchronized void failAt(int n, boolean after) {
    until = n;
    afterEffect = after;
  }

  /** Says from now on that it replaces objects, and does not. */
  synchronized void lose() {
    losing = true;
  }

  /** Answers from now on with what objects were before they were last replaced. */
  synchronized void beStale() {
    stale = true;
  }

  synchronized void heal() {
    until = -1;
    losing = false;
    stale = false;
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
    return faulty(() -> stale && before.containsKey(key) ? before.get(key) : store.read(key));
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return faulty(() -> {
      if (losing) {
        return true;
      }
      Optional<Content> present = store.read(key);
      boolean replaced = store.replace(key, content, version);
      if (replaced) {
        before.put(key, present);
      }
      return replaced;
    });
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
  public void walk(String folder, ObjectVisitor visitor) throws ArchiveException {
    faulty(() -> {
      store.walk(folder, visitor);
      return null;
    });
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
