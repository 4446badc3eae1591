package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import java.util.Optional;

/** Finds the archives of event types. */
public interface Archives {
  /** Finds no archive. */
  Archives NONE = type -> Optional.empty();

  /**
   * Returns the archive of the data core of an event type; empty if the data core has none.
   *
   * @throws ArchiveException if the archive cannot be opened
   */
  Optional<EventArchive> find(ResolvedEventType type) throws ArchiveException;
}
