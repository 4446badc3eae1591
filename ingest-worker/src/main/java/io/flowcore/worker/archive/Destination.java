package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import java.util.UUID;

/** Where events of a type go when their hour is over. */
public sealed interface Destination {
  /** To the archive of their data core. */
  record Archived(ArchiveKeyLayout type, ColdArchive cold) implements Destination {}

  /** Nowhere: their data core keeps no archive (any more). They go when their TTL has passed. */
  record Nowhere() implements Destination {}

  /** The event type is not known, because it was deleted. They stay. */
  record Unknown() implements Destination {}

  /** Finds destinations. */
  interface Finder {
    /**
     * Of an event type, by its id.
     *
     * @throws ArchiveException if its archive can't be used
     */
    Destination of(UUID eventType) throws ArchiveException;
  }
}
