package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.catalog.ResolvedEventType;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An event type of a query, and whether events moved from the hot store to the archive while it was
 * read. The generation of a manifest changes before hot copies are released: if it is the same
 * after reading the manifest and then the hot store, no event was missed. Used by one thread.
 */
final class QueriedType {
  private final ArchiveKeyLayout layout;
  private final Optional<EventArchive> archive;
  private final TimeBucket hour;
  private long openedGeneration;

  /** Whether the hot store was read since the generation was last compared. */
  private boolean hotStoreRead;

  private QueriedType(ArchiveKeyLayout layout, Optional<EventArchive> archive, TimeBucket hour) {
    this.layout = layout;
    this.archive = archive;
    this.hour = hour;
  }

  /** Returns the event types of a query. */
  static List<QueriedType> of(EventQuery query, ArchiveLookup archives) throws StoreException {
    List<QueriedType> types = new ArrayList<>();
    for (ResolvedEventType type : query.eventTypes()) {
      try {
        types.add(
            new QueriedType(
                ArchiveKeyLayouts.forEventType(type), archives.find(type), query.timeBucket()));
      } catch (ArchiveException e) {
        throw ArchiveSource.toStoreException(e);
      }
    }
    return types;
  }

  ArchiveKeyLayout layout() {
    return layout;
  }

  TimeBucket hour() {
    return hour;
  }

  /**
   * Starts to read the type. Called before its manifest is read.
   *
   * @return the archive, if it may have events of the hour. The current hour is not archived, and
   *     so can be read while the archive is unavailable
   */
  Optional<EventArchive> open(boolean hourIsOver) throws StoreException {
    openedGeneration = committedGeneration();
    return hourIsOver || openedGeneration > 0 ? archive : Optional.empty();
  }

  /** Called after each read of the hot store. */
  void hotStoreRead() {
    hotStoreRead = true;
  }

  /** Returns whether events may have been archived before the last reads of the hot store. */
  boolean generationChanged() throws StoreException {
    if (!hotStoreRead) {
      return false;
    }
    hotStoreRead = false;
    return openedGeneration != committedGeneration();
  }

  private long committedGeneration() throws StoreException {
    try {
      return archive.isPresent() ? archive.get().committedGeneration(layout, hour) : 0;
    } catch (ArchiveException e) {
      throw ArchiveSource.toStoreException(e);
    }
  }
}
