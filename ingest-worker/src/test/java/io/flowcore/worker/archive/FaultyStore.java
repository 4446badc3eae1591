package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fails at one operation, before or after its effect, as a crash or a broken connection would. */
final class FaultyStore implements ArchiveStore {
  private final ArchiveStore store;

  /** The number of operations that still succeed; negative for all. */
  private int remaining = -1;

  private boolean afterEffect;
  private boolean losingReplacements;
  private boolean stale;

  /** Objects as they were before they were last replaced. */
  private final Map<String, Optional<Content>> previous = new HashMap<>();

  FaultyStore(ArchiveStore store) {
    this.store = store;
  }

  /** Fails at the n-th operation from now on, and at every later operation. */
  synchronized void failAt(int n, boolean after) {
    remaining = n;
    afterEffect = after;
  }

  /** From now on, confirms writes that replace objects and does not store them. */
  synchronized void loseReplacements() {
    losingReplacements = true;
  }

  /** From now on, returns objects as they were before they were last replaced. */
  synchronized void returnStaleObjects() {
    stale = true;
  }

  synchronized void recover() {
    remaining = -1;
    losingReplacements = false;
    stale = false;
  }

  private interface Operation<T> {
    T run() throws ArchiveException;
  }

  private synchronized <T> T faulty(Operation<T> operation) throws ArchiveException {
    if (remaining == 0 && !afterEffect) {
      throw injectedFault();
    }
    T result = operation.run();
    if (remaining == 0) {
      afterEffect = false;
      throw injectedFault();
    }
    remaining = remaining > 0 ? remaining - 1 : remaining;
    return result;
  }

  private static ArchiveException injectedFault() {
    return new ArchiveException(Kind.UNAVAILABLE, "a fault injected by the test");
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
    return faulty(() -> stale && previous.containsKey(key) ? previous.get(key) : store.read(key));
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return faulty(() -> {
      if (losingReplacements) {
        return true;
      }
      Optional<Content> current = store.read(key);
      boolean replaced = store.replace(key, content, version);
      if (replaced) {
        previous.put(key, current);
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
  public List<String> list(String prefix) throws ArchiveException {
    return faulty(() -> store.list(prefix));
  }

  @Override
  public void walk(String prefix, ObjectVisitor visitor) throws ArchiveException {
    faulty(() -> {
      store.walk(prefix, visitor);
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
  public int parallelism() {
    return store.parallelism();
  }

  @Override
  public void close() {
    store.close();
  }
}
