package io.flowcore.worker.archive;

import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import java.util.UUID;

/** What happens to the events of a type when their hour is over. */
public sealed interface ArchiveDestination {
  /** They are archived. */
  record Archived(ArchiveKeyLayout type, EventArchive archive) implements ArchiveDestination {}

  /**
   * Their data core has no archive, or their type is not archived. They are removed when their TTL
   * has passed.
   */
  record NoArchive() implements ArchiveDestination {}

  /** The event type is not in the catalog, because it was deleted. The events are kept. */
  record Unknown() implements ArchiveDestination {}

  /** Looks up destinations. */
  interface Resolver {
    /**
     * Returns the destination of an event type.
     *
     * @throws ArchiveException if its archive cannot be opened
     */
    ArchiveDestination resolve(UUID eventTypeId) throws ArchiveException;
  }
}
