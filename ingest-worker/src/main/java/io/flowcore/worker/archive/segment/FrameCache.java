package io.flowcore.worker.archive.segment;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;

/**
 * Caches frames that were read recently, and reads ahead. A client reads a frame in several pages;
 * a reader that returns to a cached frame, or continues to the next frame, causes the following
 * frame to be read ahead. Shared by all queries; limited in bytes.
 */
public final class FrameCache implements AutoCloseable {
  private static final int MAX_CONCURRENT_READ_AHEADS = 8;

  private final AsyncCache<Key, FrameEvents> cache;
  private final LongConsumer readTimes;
  private final ExecutorService readers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("archive-read").factory());
  private final Semaphore readAheads = new Semaphore(MAX_CONCURRENT_READ_AHEADS);

  private record Key(ArchiveStore store, String segment, long offset) {}

  /**
   * Creates an empty cache.
   *
   * @param maxBytes the maximum size of the cached events in memory
   * @param readTimes receives the nanoseconds that each read of a frame from a store took
   */
  public FrameCache(long maxBytes, LongConsumer readTimes) {
    this.readTimes = readTimes;
    cache =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher(
                (Key key, FrameEvents events) -> (int) Math.min(events.memory(), Integer.MAX_VALUE))
            .executor(readers)
            .buildAsync();
  }

  /** Returns a source that reads frames of a store through this cache. */
  public FrameSource source(ArchiveStore store) {
    return (key, frame, next, sequential) -> read(store, key, frame, next, sequential);
  }

  private FrameEvents read(
      ArchiveStore store, String segment, Frame frame, Optional<Frame> next, boolean sequential)
      throws ArchiveException {
    Key key = new Key(store, segment, frame.offset());
    boolean cached = cache.getIfPresent(key) != null;
    if (next.isPresent() && (cached || sequential)) {
      readAhead(store, segment, next.get());
    }
    try {
      return cache.get(key, (missing, executor) -> load(missing, frame)).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ArchiveException cause) {
        throw new ArchiveException(cause.kind(), cause.getMessage(), cause);
      }
      throw e;
    }
  }

  private CompletableFuture<FrameEvents> load(Key key, Frame frame) {
    return CompletableFuture.supplyAsync(
        () -> {
          long started = System.nanoTime();
          try {
            byte[] bytes = key.store().range(key.segment(), frame.offset(), frame.length());
            FrameEvents events = FrameReader.read(frame, bytes, key.segment());
            readTimes.accept(System.nanoTime() - started);
            return events;
          } catch (ArchiveException e) {
            throw new CompletionException(e);
          }
        },
        readers);
  }

  /** A failure is ignored here: the frame is read again, and the failure reported, when needed. */
  private void readAhead(ArchiveStore store, String segment, Frame frame) {
    Key key = new Key(store, segment, frame.offset());
    if (cache.getIfPresent(key) == null && readAheads.tryAcquire()) {
      var _ =
          cache
              .get(key, (missing, executor) -> load(missing, frame))
              .whenComplete((events, failure) -> readAheads.release());
    }
  }

  /** Cancels reads in progress. */
  @Override
  public void close() {
    readers.shutdownNow();
  }
}
