package io.flowcore.worker.query;

import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.catalog.ResolvedEventType;

/** Event types of the catalog in the words of the archive. */
public final class ArchiveKeyLayouts {
  private ArchiveKeyLayouts() {}

  /** Where an event type's hours lie. */
  public static ArchiveKeyLayout of(ResolvedEventType route) {
    return new ArchiveKeyLayout(
        route.dataCore().tenant(),
        route.dataCore().id(),
        route.dataCore().name(),
        route.flowType().name(),
        route.eventType().name(),
        route.eventType().id());
  }
}
