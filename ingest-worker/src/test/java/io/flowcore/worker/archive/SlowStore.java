package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ReloadableArchiveStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A store with the latency of a distant bucket: each request of an archiver takes some time. */
final class SlowStore extends ReloadableArchiveStore {
  private final Duration latency;
  private final int parallelism;
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger mostActive = new AtomicInteger();

  SlowStore(ArchiveStore store, Duration latency, int parallelism) {
    super(store);
    this.latency = latency;
    this.parallelism = parallelism;
  }

  private interface Request<T> {
    T run() throws ArchiveException;
  }

  private <T> T request(Request<T> request) throws ArchiveException {
    mostActive.accumulateAndGet(active.incrementAndGet(), Math::max);
    long end = System.nanoTime() + latency.toNanos();
    try {
      T result = request.run();
      for (long rest = end - System.nanoTime(); rest > 0; rest = end - System.nanoTime()) {
        LockSupport.parkNanos(rest);
      }
      return result;
    } finally {
      active.decrementAndGet();
    }
  }

  /** Returns the maximum number of requests at the same time. */
  int mostActive() {
    return mostActive.get();
  }

  @Override
  public void put(String key, Path file, byte[] sha256) throws ArchiveException {
    request(() -> {
      super.put(key, file, sha256);
      return null;
    });
  }

  @Override
  public Optional<Content> read(String key) throws ArchiveException {
    return request(() -> super.read(key));
  }

  @Override
  public boolean replace(String key, byte[] content, Optional<String> version)
      throws ArchiveException {
    return request(() -> super.replace(key, content, version));
  }

  @Override
  public int parallelism() {
    return parallelism;
  }
}
