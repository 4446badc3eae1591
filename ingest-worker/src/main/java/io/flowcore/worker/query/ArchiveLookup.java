package io.flowcore.worker.query;

import io.flowcore.worker.archive.ColdArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import java.util.Optional;

/** Where the archived events of event types are. */
public interface ArchiveLookup {
  /** Nowhere. */
  ArchiveLookup NONE = route -> Optional.empty();

  /**
   * The archive of an event type's data core. Empty if it has none.
   *
   * @throws ArchiveException if it can't be used
   */
  Optional<ColdArchive> of(ResolvedEventType route) throws ArchiveException;
}
