package io.flowcore.worker.archive.manifest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ArchiveStore.Content;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads and replaces the manifests of an archive. Caches manifests that were read recently, and
 * never returns one that is older than what any worker is known to have committed. Safe for use by
 * many threads.
 */
public final class Manifests {
  /** The cache limit, in frames of all manifests; a frame takes about 250 bytes in memory. */
  private static final long MAX_FRAMES = 100_000;

  /** The weight of a manifest without its frames, in frames. */
  private static final int MANIFEST_WEIGHT = 50;

  private static final int MAX_ATTEMPTS = 30;
  private static final long MAX_BACKOFF_MILLIS = 50;

  private final ArchiveStore store;
  private final CommittedGenerations generations;
  private final Map<String, AtomicLong> commitCounts = new ConcurrentHashMap<>();

  /** Evicts on the caller's thread: evictions are rare, and a pool would have to be closed. */
  private final Cache<String, Versioned> cache =
      Caffeine.newBuilder()
          .maximumWeight(MAX_FRAMES)
          .weigher((String key, Versioned manifest) -> MANIFEST_WEIGHT + manifest.frames())
          .executor(Runnable::run)
          .build();

  /** A manifest and the version of its object; both are empty if the object does not exist. */
  private record Versioned(Optional<Manifest> manifest, Optional<String> version) {
    int frames() {
      return manifest.stream()
          .flatMap(one -> one.segments().stream())
          .mapToInt(segment -> segment.frames().size())
          .sum();
    }

    long generation() {
      return manifest.map(Manifest::generation).orElse(0L);
    }
  }

  public Manifests(ArchiveStore store, CommittedGenerations generations) {
    this.store = store;
    this.generations = generations;
  }

  /** Returns the number of commits of this process for an event type. */
  private AtomicLong commitCount(ArchiveKeyLayout type) {
    return commitCounts.computeIfAbsent(type.typePrefix(), prefix -> new AtomicLong());
  }

  /** Returns the generation that any worker is known to have committed; 0 if there is none. */
  public long committedGeneration(ArchiveKeyLayout type, TimeBucket bucket)
      throws ArchiveException {
    return generations.latest(type, bucket);
  }

  /**
   * Returns the manifest of an hour; empty if there is none.
   *
   * @throws ArchiveException {@code OUTDATED} if the store returns an older manifest than was
   *     committed
   */
  public Optional<Manifest> find(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    String key = type.manifestKey(bucket);
    Versioned cached = cache.getIfPresent(key);
    if (cached != null && cached.generation() >= committedGeneration(type, bucket)) {
      return cached.manifest();
    }
    AtomicLong commits = commitCount(type);
    while (true) {
      long commitsBefore = commits.get();
      Versioned loaded = load(type, bucket);
      // If a commit ran meanwhile, load again. It counts and caches in one atomic step, as this
      // does,
      // so an older manifest never replaces a newer one.
      boolean[] current = {false};
      cache
          .asMap()
          .compute(
              key,
              (same, present) -> {
                current[0] = commits.get() == commitsBefore;
                return current[0] ? newer(loaded, present) : present;
              });
      if (current[0]) {
        return loaded.manifest();
      }
    }
  }

  /** Reads a manifest again next time. Another process may have replaced it. */
  public void invalidate(ArchiveKeyLayout type, TimeBucket bucket) {
    cache.invalidate(type.manifestKey(bucket));
  }

  private Versioned load(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    String key = type.manifestKey(bucket);
    // Read before the object, whose read may be slower than a concurrent commit.
    long committed = committedGeneration(type, bucket);
    Optional<Content> content = store.read(key);
    Versioned loaded =
        content.isEmpty()
            ? new Versioned(Optional.empty(), Optional.empty())
            : new Versioned(
                Optional.of(ManifestCodec.read(key, content.get().bytes())),
                Optional.of(content.get().version()));
    if (loaded.generation() < committed) {
      throw new ArchiveException(
          Kind.OUTDATED,
          String.format(
              Locale.ROOT,
              "the archive returned %s of %s, but generation %d was committed",
              loaded.manifest().isEmpty() ? "no manifest" : "generation " + loaded.generation(),
              key,
              committed));
    }
    return loaded;
  }

  /**
   * Commits a change of an hour: removes segments and adds others in one step. The commit point is
   * the conditional write; after it the segments belong to the hour. Reads the manifest back to
   * verify that it was written.
   *
   * @return the new manifest; empty, and nothing is changed, if a segment to remove is not in it
   * @throws ArchiveException {@code UNAVAILABLE} also if other writers always win, or if the store
   *     did not store what it confirmed
   */
  public Optional<Manifest> commit(
      ArchiveKeyLayout type, TimeBucket bucket, List<Segment> removed, List<Segment> added)
      throws ArchiveException {
    String key = type.manifestKey(bucket);
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Versioned latest = load(type, bucket);
      Manifest current = latest.manifest().orElseGet(() -> Manifest.empty(type, bucket.toString()));
      boolean committedBefore = !added.isEmpty() && current.segments().containsAll(added);
      if (committedBefore) {
        // An earlier attempt succeeded although its response was lost.
        return Optional.of(recordCommit(type, bucket, latest));
      }
      if (!current.segments().containsAll(removed)) {
        return Optional.empty();
      }
      Manifest next = current.next(removed, added);
      if (store.replace(key, ManifestCodec.write(next), latest.version())) {
        return Optional.of(recordCommit(type, bucket, readBack(type, bucket, next)));
      }
      backOff();
    }
    throw new ArchiveException(
        Kind.UNAVAILABLE,
        key
            + " could not be replaced in "
            + MAX_ATTEMPTS
            + " attempts because other writers were faster; retry later");
  }

  private Versioned readBack(ArchiveKeyLayout type, TimeBucket bucket, Manifest written)
      throws ArchiveException {
    Versioned found = load(type, bucket);
    if (found.generation() < written.generation()) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the archive confirmed the write of "
              + type.manifestKey(bucket)
              + ", but did not store it");
    }
    return found;
  }

  private Manifest recordCommit(ArchiveKeyLayout type, TimeBucket bucket, Versioned committed)
      throws ArchiveException {
    Manifest manifest = committed.manifest().orElseThrow();
    generations.raise(type, bucket, manifest.generation());
    cache
        .asMap()
        .compute(
            type.manifestKey(bucket),
            (same, cached) -> {
              commitCount(type).incrementAndGet();
              return newer(committed, cached);
            });
    return manifest;
  }

  /** The other is null if the cache has no entry. */
  private static Versioned newer(Versioned one, Versioned other) {
    return other != null && other.generation() > one.generation() ? other : one;
  }

  private static void backOff() {
    LockSupport.parkNanos(
        TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(1, MAX_BACKOFF_MILLIS)));
  }
}
