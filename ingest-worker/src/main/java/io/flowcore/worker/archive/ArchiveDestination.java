package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import java.util.UUID;

/** Where events of a type go when their hour is over. */
public sealed interface ArchiveDestination {
  /** To the archive of their data core. */
  record Archived(ArchiveKeyLayout type, EventArchive cold) implements ArchiveDestination {}

  /** Nowhere: their data core keeps no archive (any more). They go when their TTL has passed. */
  record Nowhere() implements ArchiveDestination {}

  /** The event type is not known, because it was deleted. They stay. */
  record Unknown() implements ArchiveDestination {}

  /** Finds destinations. */
  interface Finder {
    /**
     * Of an event type, by its id.
     *
     * @throws ArchiveException if its archive can't be used
     */
    ArchiveDestination of(UUID eventType) throws ArchiveException;
  }
}
