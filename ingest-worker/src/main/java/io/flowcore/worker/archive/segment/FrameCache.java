package io.flowcore.worker.archive.segment;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.archive.ArchiveObserver;
import io.flowcore.worker.archive.segment.Segment.Frame;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveStore;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Frames that were read lately, and those that will be wanted next. A consumer reads a frame in
 * several pages; whoever comes back to one, or goes from one to the next, gets the following one
 * read ahead. Shared by all queries; bounded in bytes.
 */
public final class FrameCache implements AutoCloseable {
  /** Reads ahead at the same time. */
  private static final int MAX_AHEAD = 8;

  private final AsyncCache<Key, FrameEvents> cache;
  private final ArchiveObserver observer;
  private final ExecutorService readers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("cold-read").factory());
  private final Semaphore ahead = new Semaphore(MAX_AHEAD);

  private record Key(ArchiveStore store, String segment, long offset) {}

  /** Keeps at most so many bytes of events. */
  public FrameCache(long maxBytes, ArchiveObserver observer) {
    this.observer = observer;
    cache =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher(
                (Key key, FrameEvents events) -> (int) Math.min(events.memory(), Integer.MAX_VALUE))
            .executor(readers)
            .buildAsync();
  }

  /** The frames of one store. */
  public FrameSource of(ArchiveStore store) {
    return (key, frame, next, sequential) -> read(store, key, frame, next, sequential);
  }

  private FrameEvents read(
      ArchiveStore store, String segment, Frame frame, Optional<Frame> next, boolean sequential)
      throws ArchiveException {
    Key key = new Key(store, segment, frame.offset());
    boolean known = cache.getIfPresent(key) != null;
    if (next.isPresent() && (known || sequential)) {
      readAhead(store, segment, next.get());
    }
    try {
      return cache.get(key, (wanted, executor) -> load(wanted, frame)).join();
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
            observer.frameRead(System.nanoTime() - started);
            return events;
          } catch (ArchiveException e) {
            throw new CompletionException(e);
          }
        },
        readers);
  }

  /** What fails here is asked for again, and told, when it is wanted. */
  private void readAhead(ArchiveStore store, String segment, Frame frame) {
    Key key = new Key(store, segment, frame.offset());
    if (cache.getIfPresent(key) == null && ahead.tryAcquire()) {
      var _ =
          cache
              .get(key, (wanted, executor) -> load(wanted, frame))
              .whenComplete((lines, failure) -> ahead.release());
    }
  }

  /** Ends reads under way. */
  @Override
  public void close() {
    readers.shutdownNow();
  }
}
