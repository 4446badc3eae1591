package io.flowcore.worker.archive;

import io.flowcore.worker.archive.manifest.ArchivedHours;
import io.flowcore.worker.archive.manifest.Generations;
import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.manifest.Manifests;
import io.flowcore.worker.archive.segment.ArchiveCursor;
import io.flowcore.worker.archive.segment.FrameSource;
import io.flowcore.worker.archive.segment.MemoryAccounting;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.archive.store.ArchiveStore;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;

/**
 * What is archived. Manifests are changed through here only, so that what this process remembers is
 * never older than what any worker committed.
 */
public final class EventArchive {
  private final ArchiveStore store;
  private final FrameSource cached;
  private final Manifests manifests;
  private final ArchivedHours hours;

  /** Knows nothing yet, and keeps no frames. */
  public EventArchive(ArchiveStore store) {
    this(store, FrameSource.of(store), Generations.inMemory());
  }

  /** Knows nothing yet, and reads frames for queries through a cache. */
  public EventArchive(ArchiveStore store, FrameSource cached, Generations generations) {
    this.store = store;
    this.cached = cached;
    manifests = new Manifests(store, generations);
    hours = new ArchivedHours(store, generations);
  }

  /** The objects. */
  public ArchiveStore store() {
    return store;
  }

  /**
   * The events of an hour between two ids, both of which count. Empty if it has no manifest.
   *
   * @param holding told what this holds in memory
   */
  public Optional<ArchiveCursor> events(
      ArchiveKeyLayout type,
      TimeBucket bucket,
      EventId first,
      EventId last,
      boolean ascending,
      MemoryAccounting holding)
      throws ArchiveException {
    Optional<Manifest> manifest = manifest(type, bucket);
    return manifest.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ArchiveCursor(
                cached, type, manifest.get().segments(), bucket, first, last, ascending, holding));
  }

  /**
   * The generation of an hour's manifest that is known to be committed, by whatever worker; 0 if
   * none is. Asks nobody but the hot store: of an hour that is not over it is the whole answer,
   * since only hours that are over are archived.
   *
   * <p>It changes before any hot copy goes. Who reads the hot store and then finds the same number
   * as before has missed nothing that went from hot to cold in between.
   */
  public long committed(ArchiveKeyLayout type, TimeBucket bucket) throws ArchiveException {
    return manifests.committed(type, bucket);
  }

  /** The manifest of an hour, if there is one. */
  public Optional<Manifest> manifest(ArchiveKeyLayout type, TimeBucket bucket)
      throws ArchiveException {
    return manifests.of(type, bucket);
  }

  /** Reads the manifest of an hour anew the next time. */
  public void forget(ArchiveKeyLayout type, TimeBucket bucket) {
    manifests.forget(type, bucket);
  }

  /**
   * Adds segments to an hour and takes others out of it, in one step: the only way in which a
   * segment comes to count. What the store says that it has written is read back.
   *
   * @return the new manifest; empty, and nothing is changed, if a segment to take out is not there
   * @throws ArchiveException {@code UNAVAILABLE} also if others are always faster, or if the store
   *     has not what it said it wrote
   */
  public Optional<Manifest> commit(
      ArchiveKeyLayout type, TimeBucket bucket, List<Segment> removed, List<Segment> added)
      throws ArchiveException {
    return manifests.commit(type, bucket, removed, added);
  }

  /** The hours of an event type from one to another, both of which count, that have segments. */
  public NavigableSet<TimeBucket> hours(ArchiveKeyLayout type, TimeBucket from, TimeBucket to)
      throws ArchiveException {
    return hours.of(type, from, to);
  }
}
