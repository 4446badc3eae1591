package io.flowcore.worker.archive.manifest;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The hours of each event type that have a manifest. They are listed from the store once. Later
 * hours, of any worker, are known from the generations of their manifests. Safe for use by many
 * threads.
 *
 * <p>The memory is limited: the listings that were not used for the longest time are dropped, and
 * listed again by their next query.
 */
public final class ArchivedHours {
  /** Enough for 4,000 event types with an archive in every hour of three years. */
  private static final long MAX_BYTES = 16L << 20;

  private final ArchiveStore store;
  private final CommittedGenerations generations;
  private final AsyncCache<String, HourSet> listed;

  public ArchivedHours(ArchiveStore store, CommittedGenerations generations) {
    this(store, generations, MAX_BYTES);
  }

  /** Limits the memory of the listings, in bytes. */
  ArchivedHours(ArchiveStore store, CommittedGenerations generations, long maxBytes) {
    this.store = store;
    this.generations = generations;
    listed =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((String prefix, HourSet hours) -> prefix.length() + hours.bytes())
            .executor(Runnable::run)
            .buildAsync();
  }

  /**
   * Returns the first hours of a range in an order. If the hours of the type must be listed, one
   * caller lists them, and other callers wait for it. Otherwise the object store is not read.
   *
   * @param from the lowest hour, inclusive
   * @param to the highest hour, inclusive
   * @param limit the maximum number of hours
   * @throws ArchiveException if the store cannot be listed
   */
  public List<TimeBucket> between(
      ArchiveKeyLayout type, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws ArchiveException {
    TreeSet<TimeBucket> hours = new TreeSet<>(order.<TimeBucket>comparator());
    hours.addAll(listed(type).between(from, to, order, limit));
    // After the listing, so that no hour is archived between the two unnoticed.
    hours.addAll(generations.hours(type, from, to, order, limit));
    return hours.stream().limit(limit).toList();
  }

  /** Returns the memory that the listings take, in bytes. */
  long bytes() {
    listed.synchronous().cleanUp();
    return listed.synchronous().policy().eviction().orElseThrow().weightedSize().orElseThrow();
  }

  private HourSet listed(ArchiveKeyLayout type) throws ArchiveException {
    CompletableFuture<HourSet> own = new CompletableFuture<>();
    CompletableFuture<HourSet> other = listed.asMap().putIfAbsent(type.typePrefix(), own);
    if (other != null) {
      return join(other);
    }
    try {
      own.complete(list(type));
    } catch (ArchiveException | RuntimeException | Error e) {
      // Removes it from the cache as well, so that the next query lists again.
      own.completeExceptionally(e);
      throw e;
    }
    return join(own);
  }

  private static HourSet join(CompletableFuture<HourSet> listing) throws ArchiveException {
    try {
      return listing.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ArchiveException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private HourSet list(ArchiveKeyLayout type) throws ArchiveException {
    String prefix = type.typePrefix() + "/";
    HourSet.Builder hours = new HourSet.Builder();
    store.walk(
        type.typePrefix(),
        (key, size) -> {
          if (key.endsWith("/" + ArchiveKeyLayout.MANIFEST)) {
            ArchiveKeyLayout.parseHour(key.substring(prefix.length(), key.lastIndexOf('/')))
                .ifPresent(hours::add);
          }
        });
    return hours.build();
  }
}
