package io.flowcore.worker.archive.manifest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveException.Kind;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.archive.store.ArchiveStore.Content;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The manifests of an archive: the one way to read and to replace them. Those that were read lately
 * are remembered, and what is given is never older than what any worker is known to have committed.
 */
public final class Manifests {
  /** Of all manifests that are remembered; a frame takes some 250 bytes in memory. */
  private static final long MAX_FRAMES = 100_000;

  /** What a manifest takes beside its frames, in frames. */
  private static final int MANIFEST_WEIGHT = 50;

  private static final int MAX_ATTEMPTS = 30;
  private static final long LONGEST_REST_MILLIS = 50;

  private final ArchiveStore store;
  private final Generations generations;
  private final Map<String, AtomicLong> commits = new ConcurrentHashMap<>();

  /** Evicts on the caller's thread: there are few, and a pool would be one more to end. */
  private final Cache<String, Known> known =
      Caffeine.newBuilder()
          .maximumWeight(MAX_FRAMES)
          .weigher((String key, Known manifest) -> MANIFEST_WEIGHT + manifest.frames())
          .executor(Runnable::run)
          .build();

  /** A manifest and the version of the object that holds it; empty ones stand for none. */
  private record Known(Optional<Manifest> manifest, Optional<String> version) {
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

  public Manifests(ArchiveStore store, Generations generations) {
    this.store = store;
    this.generations = generations;
  }

  /** Grows with every commit of this process for an event type. */
  private AtomicLong commits(ArchiveKeyLayout type) {
    return commits.computeIfAbsent(type.folder(), folder -> new AtomicLong());
  }

  /** The generation that is known to be committed, by whatever worker; 0 if none is. */
  public long committed(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    return generations.committed(type, bucket);
  }

  /** The manifest of an hour, if there is one. */
  public Optional<Manifest> of(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    String key = type.manifest(bucket);
    Known remembered = known.getIfPresent(key);
    if (remembered != null && remembered.generation() >= committed(type, bucket)) {
      return remembered.manifest();
    }
    AtomicLong counter = commits(type);
    while (true) {
      long before = counter.get();
      Known loaded = load(type, bucket);
      // A commit that came meanwhile has put its own manifest there, or is about to: both happen
      // in one step, so that an older one is never put over it.
      boolean[] current = {false};
      known
          .asMap()
          .compute(
              key,
              (same, other) -> {
                current[0] = counter.get() == before;
                return current[0] ? newer(loaded, other) : other;
              });
      if (current[0]) {
        return loaded.manifest();
      }
    }
  }

  /** Forgets a manifest that names what is not there: another process may have replaced it. */
  public void forget(ArchiveKeyLayout type, TimeBucket bucket) {
    known.invalidate(type.manifest(bucket));
  }

  private Known load(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    String key = type.manifest(bucket);
    // Asked before the store, which may be slower than a commit that comes meanwhile.
    long committed = committed(type, bucket);
    Optional<Content> content = store.read(key);
    Known loaded =
        content.isEmpty()
            ? new Known(Optional.empty(), Optional.empty())
            : new Known(
                Optional.of(ManifestCodec.read(key, content.get().bytes())),
                Optional.of(content.get().version()));
    if (loaded.generation() < committed) {
      throw new ArchiveException(
          Kind.OUTDATED,
          "the archive answers %s of %s, but generation %d was committed"
              .formatted(
                  loaded.manifest().isEmpty()
                      ? "that there is no manifest"
                      : "with generation " + loaded.generation(),
                  key,
                  committed));
    }
    return loaded;
  }

  /** See {@link EventArchive#commit}. */
  public Optional<Manifest> commit(
      ArchiveKeyLayout type, TimeBucket bucket, List<Segment> removed, List<Segment> added)
      throws ArchiveException {
    String key = type.manifest(bucket);
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Known now = load(type, bucket);
      Manifest present = now.manifest().orElseGet(() -> Manifest.empty(type, bucket.toString()));
      boolean done = !added.isEmpty() && present.segments().containsAll(added);
      if (done) {
        // An attempt of before came through though its answer was lost.
        return Optional.of(committed(type, bucket, now));
      }
      if (!present.segments().containsAll(removed)) {
        return Optional.empty();
      }
      Manifest next = present.next(removed, added);
      if (store.replace(key, ManifestCodec.write(next), now.version())) {
        return Optional.of(committed(type, bucket, readBack(type, bucket, next)));
      }
      rest();
    }
    throw new ArchiveException(Kind.UNAVAILABLE, "other writers are always faster at " + key);
  }

  private Known readBack(ArchiveKeyLayout type, TimeBucket bucket, Manifest written)
      throws ArchiveException {
    Known found = load(type, bucket);
    if (found.generation() < written.generation()) {
      throw new ArchiveException(
          Kind.UNAVAILABLE,
          "the archive said that it wrote " + type.manifest(bucket) + ", and has not");
    }
    return found;
  }

  private Manifest committed(ArchiveKeyLayout type, TimeBucket bucket, Known now)
      throws ArchiveException {
    Manifest manifest = now.manifest().orElseThrow();
    generations.remember(type, bucket, manifest.generation());
    known
        .asMap()
        .compute(
            type.manifest(bucket),
            (same, other) -> {
              commits(type).incrementAndGet();
              return newer(now, other);
            });
    return manifest;
  }

  /** The other may be null, as in the step of a map. */
  private static Known newer(Known one, Known other) {
    return other != null && other.generation() > one.generation() ? other : one;
  }

  private static void rest() {
    LockSupport.parkNanos(
        TimeUnit.MILLISECONDS.toNanos(
            ThreadLocalRandom.current().nextLong(1, LONGEST_REST_MILLIS)));
  }
}
