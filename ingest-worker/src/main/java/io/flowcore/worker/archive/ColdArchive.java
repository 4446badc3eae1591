package io.flowcore.worker.archive;

import io.flowcore.worker.archive.ArchiveStore.Content;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * What is archived, as this process knows it: manifests, and the hours of each event type.
 * Manifests are changed through here only, so that what is remembered is never older than what was
 * committed.
 */
public final class ColdArchive {
  private static final int MAX_MANIFESTS = 2_000;

  /** Of all manifests that are remembered; a frame takes some 250 bytes in memory. */
  private static final long MAX_FRAMES = 100_000;

  private static final int MAX_ATTEMPTS = 100;

  private final ArchiveStore store;
  private final Map<String, Known> manifests = new ConcurrentHashMap<>();
  private final Map<String, NavigableSet<TimeBucket>> hours = new ConcurrentHashMap<>();
  private final AtomicLong frames = new AtomicLong();
  private final Map<String, AtomicLong> commits = new ConcurrentHashMap<>();
  private final Frames cached;

  /** A manifest and the version of the object that holds it; empty ones stand for none. */
  private record Known(Optional<Manifest> manifest, Optional<String> version) {
    long frames() {
      return manifest.stream()
          .flatMap(known -> known.segments().stream())
          .mapToLong(segment -> segment.frames().size())
          .sum();
    }
  }

  /** Knows nothing yet, and keeps no frames. */
  public ColdArchive(ArchiveStore store) {
    this(store, Frames.of(store));
  }

  /** Knows nothing yet, and reads frames for queries through a cache. */
  public ColdArchive(ArchiveStore store, Frames cached) {
    this.store = store;
    this.cached = cached;
  }

  /** The objects. */
  public ArchiveStore store() {
    return store;
  }

  /**
   * Grows with every commit of this process for an event type. Who reads the hot store and then
   * finds the same number as before has missed nothing that went from hot to cold in between.
   */
  public LongSupplier commits(ArchivedType type) {
    return counter(type)::get;
  }

  private AtomicLong counter(ArchivedType type) {
    return commits.computeIfAbsent(type.folder(), folder -> new AtomicLong());
  }

  /** The events of an hour between two ids, both of which count. Empty if it has no manifest. */
  public Optional<ColdCursor> events(
      ArchivedType type, TimeBucket bucket, EventId first, EventId last, boolean ascending)
      throws ArchiveException {
    Optional<Manifest> manifest = manifest(type, bucket);
    return manifest.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ColdCursor(
                cached, type, manifest.get().segments(), bucket, first, last, ascending));
  }

  /** The manifest of an hour, if there is one. */
  public Optional<Manifest> manifest(ArchivedType type, TimeBucket bucket) throws ArchiveException {
    String key = type.manifest(bucket);
    Known known = manifests.get(key);
    if (known == null) {
      known = load(key);
      remember(key, known);
    }
    return known.manifest();
  }

  private Known load(String key) throws ArchiveException {
    Optional<Content> content = store.read(key);
    if (content.isEmpty()) {
      return new Known(Optional.empty(), Optional.empty());
    }
    return new Known(
        Optional.of(ManifestCodec.read(key, content.get().bytes())),
        Optional.of(content.get().version()));
  }

  private void remember(String key, Known known) {
    long added = known.frames();
    if (manifests.size() >= MAX_MANIFESTS || frames.addAndGet(added) > MAX_FRAMES) {
      manifests.clear();
      frames.set(added);
    }
    manifests.put(key, known);
  }

  /**
   * Adds segments to an hour and takes others out of it, in one step: the only way in which a
   * segment comes to count.
   *
   * @return the new manifest; empty, and nothing is changed, if a segment to take out is not there
   * @throws ArchiveException {@code UNAVAILABLE} also if others are always faster
   */
  public Optional<Manifest> commit(
      ArchivedType type, TimeBucket bucket, List<Segment> removed, List<Segment> added)
      throws ArchiveException {
    String key = type.manifest(bucket);
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Known known = load(key);
      Manifest now = known.manifest().orElseGet(() -> Manifest.empty(type, bucket.toString()));
      if (!now.segments().containsAll(removed)) {
        return Optional.empty();
      }
      Manifest next = now.next(removed, added);
      if (store.replace(key, ManifestCodec.write(next), known.version())) {
        manifests.remove(key);
        remember(key, new Known(Optional.of(next), Optional.empty()));
        hours(type).add(bucket);
        counter(type).incrementAndGet();
        return Optional.of(next);
      }
    }
    throw new ArchiveException(
        ArchiveException.Kind.UNAVAILABLE, "other writers are always faster at " + key);
  }

  /**
   * The hours of an event type that have segments, sorted. Listed from the store once; later ones
   * are known from their commits.
   */
  public NavigableSet<TimeBucket> hours(ArchivedType type) throws ArchiveException {
    NavigableSet<TimeBucket> known = hours.get(type.folder());
    if (known != null) {
      return known;
    }
    NavigableSet<TimeBucket> listed = new ConcurrentSkipListSet<>();
    for (String year : folders(type.folder())) {
      for (String month : folders(type.folder() + "/" + year)) {
        for (String day : folders(type.folder() + "/" + year + "/" + month)) {
          for (String hour : folders(type.folder() + "/" + year + "/" + month + "/" + day)) {
            TimeBucket.parse(year + month + day + hour + "0000").ifPresent(listed::add);
          }
        }
      }
    }
    NavigableSet<TimeBucket> first = hours.putIfAbsent(type.folder(), listed);
    if (first != null) {
      first.addAll(listed);
      return first;
    }
    return listed;
  }

  private List<String> folders(String folder) throws ArchiveException {
    List<String> names = new ArrayList<>();
    for (String name : store.list(folder)) {
      if (name.endsWith("/")) {
        names.add(name.substring(0, name.length() - 1));
      }
    }
    return names;
  }
}
