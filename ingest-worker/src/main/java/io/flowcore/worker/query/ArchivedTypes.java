package io.flowcore.worker.query;

import io.flowcore.worker.archive.ArchivedType;
import io.flowcore.worker.catalog.EventTypeRoute;

/** Event types of the catalog in the words of the archive. */
public final class ArchivedTypes {
  private ArchivedTypes() {}

  /** Where an event type's hours lie. */
  public static ArchivedType of(EventTypeRoute route) {
    return new ArchivedType(
        route.dataCore().tenant(),
        route.dataCore().id(),
        route.dataCore().name(),
        route.flowType().name(),
        route.eventType().name(),
        route.eventType().id());
  }
}
