package io.flowcore.worker.ingest.json;

import java.util.Optional;

/**
 * The names of the top-level fields that contain the times of an event.
 *
 * @param eventTimeKey name of the field with the event time
 * @param validTimeKey name of the field with the valid time
 */
public record TopLevelFields(Optional<String> eventTimeKey, Optional<String> validTimeKey) {
  /** No field contains a time. */
  public static final TopLevelFields NONE = new TopLevelFields(Optional.empty(), Optional.empty());

  boolean isEmpty() {
    return eventTimeKey.isEmpty() && validTimeKey.isEmpty();
  }
}
