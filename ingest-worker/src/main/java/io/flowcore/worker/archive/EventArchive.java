package io.flowcore.worker.archive;

import io.flowcore.worker.archive.manifest.ArchivedHours;
import io.flowcore.worker.archive.manifest.CommittedGenerations;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.manifest.Manifests;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.FrameSource;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.event.EventRange;
import io.flowcore.worker.event.ReadOrder;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.Optional;

/**
 * The archived events of a data core. Manifests are changed only through this class, so that what
 * this process has cached is never older than what any worker has committed. Safe for use by many
 * threads.
 */
public final class EventArchive {
  private final ArchiveStore store;
  private final FrameSource frames;
  private final Manifests manifests;
  private final ArchivedHours hours;

  /** Opens an archive without a cache of frames and without a hot store. */
  public EventArchive(ArchiveStore store) {
    this(store, FrameSource.uncached(store), CommittedGenerations.inMemory());
  }

  /**
   * Opens an archive.
   *
   * @param frames reads frames for queries
   */
  public EventArchive(ArchiveStore store, FrameSource frames, CommittedGenerations generations) {
    this.store = store;
    this.frames = frames;
    manifests = new Manifests(store, generations);
    hours = new ArchivedHours(store, generations);
  }

  /** Returns the object store. */
  public ArchiveStore store() {
    return store;
  }

  /**
   * Opens the events of an hour.
   *
   * @return empty if the hour has no manifest
   * @throws ArchiveException if the manifest or the first events cannot be read
   */
  public Optional<ArchiveCursor> events(
      ArchiveKeyLayout type, TimeBucket bucket, EventRange range, MemoryAccounting memory)
      throws ArchiveException {
    Optional<Manifest> manifest = manifest(type, bucket);
    return manifest.isEmpty()
        ? Optional.empty()
        : Optional.of(events(type, bucket, manifest.get().segments(), range, memory));
  }

  /**
   * Opens the events of some segments of an hour.
   *
   * @throws ArchiveException if the first events cannot be read
   */
  public ArchiveCursor events(
      ArchiveKeyLayout type,
      TimeBucket bucket,
      List<Segment> segments,
      EventRange range,
      MemoryAccounting memory)
      throws ArchiveException {
    return new ArchiveCursor(frames, type, bucket, segments, range, memory);
  }

  /**
   * Returns the generation of an hour's manifest that any worker is known to have committed; 0 if
   * there is none. Reads the hot store only. For an hour that is not over this is sufficient,
   * because only hours that are over are archived.
   *
   * <p>The generation changes before any hot copy is released. A reader that reads the hot store
   * and then finds the same generation as before has missed no event that was archived in between.
   */
  public long committedGeneration(ArchiveKeyLayout type, TimeBucket bucket)
      throws ArchiveException {
    return manifests.committedGeneration(type, bucket);
  }

  /** Returns the manifest of an hour; empty if there is none. */
  public Optional<Manifest> manifest(ArchiveKeyLayout type, TimeBucket bucket)
      throws ArchiveException {
    return manifests.find(type, bucket);
  }

  /** Reads the manifest of an hour from the store next time. */
  public void invalidate(ArchiveKeyLayout type, TimeBucket bucket) {
    manifests.invalidate(type, bucket);
  }

  /** Commits segments of an hour, see {@link Manifests#commit}. */
  public Optional<Manifest> commit(
      ArchiveKeyLayout type, TimeBucket bucket, List<Segment> removed, List<Segment> added)
      throws ArchiveException {
    return manifests.commit(type, bucket, removed, added);
  }

  /** Returns the hours of an event type that have segments; see {@link ArchivedHours#between}. */
  public List<TimeBucket> hours(
      ArchiveKeyLayout type, TimeBucket from, TimeBucket to, ReadOrder order, int limit)
      throws ArchiveException {
    return hours.between(type, from, to, order, limit);
  }
}
