package io.flowcore.worker.query;

import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.catalog.ResolvedEventType;

/** Converts event types of the catalog to their layout in an archive. */
public final class ArchiveKeyLayouts {
  private ArchiveKeyLayouts() {}

  /** Returns the layout of an event type. */
  public static ArchiveKeyLayout forEventType(ResolvedEventType type) {
    return new ArchiveKeyLayout(
        type.dataCore().tenant(),
        type.dataCore().id(),
        type.dataCore().name(),
        type.flowType().name(),
        type.eventType().name(),
        type.eventType().id());
  }
}
