package io.flowcore.worker.ingest;

import java.util.Optional;

/** The top-level fields of an event whose values the sender wants as its times. */
public record TopLevelFields(Optional<String> eventTimeKey, Optional<String> validTimeKey) {
  /** None. */
  public static final TopLevelFields NONE = new TopLevelFields(Optional.empty(), Optional.empty());

  boolean isEmpty() {
    return eventTimeKey.isEmpty() && validTimeKey.isEmpty();
  }
}
