package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import java.util.Optional;

/** Finds the archives that event types are archived to. */
public interface ArchiveLookup {
  /** Finds no archive for any event type. */
  ArchiveLookup NONE = eventType -> Optional.empty();

  /**
   * Returns the archive of an event type's data core; empty if the data core has no archive.
   *
   * @throws ArchiveException if the archive cannot be opened
   */
  Optional<EventArchive> find(ResolvedEventType eventType) throws ArchiveException;
}
