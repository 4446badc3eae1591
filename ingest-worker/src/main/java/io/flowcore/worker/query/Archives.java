package io.flowcore.worker.query;

import io.flowcore.worker.archive.EventArchive;
import io.flowcore.worker.archive.store.ArchiveException;
import io.flowcore.worker.catalog.ResolvedEventType;
import java.util.Optional;

/** Where the archived events of event types are. */
public interface Archives {
  /** Nowhere. */
  Archives NONE = route -> Optional.empty();

  /**
   * The archive of an event type's data core. Empty if it has none.
   *
   * @throws ArchiveException if it can't be used
   */
  Optional<EventArchive> of(ResolvedEventType route) throws ArchiveException;
}
