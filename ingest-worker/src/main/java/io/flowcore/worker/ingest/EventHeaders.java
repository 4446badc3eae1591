package io.flowcore.worker.ingest;

import java.util.Optional;

/**
 * The headers that say something of the events in a request.
 *
 * @param metadata {@link MetadataHeader#NAME}
 * @param eventTime {@code x-flowcore-event-time}
 * @param validTime {@code x-flowcore-valid-time}
 * @param keys {@code x-flowcore-event-time-key} and {@code x-flowcore-valid-time-key}
 * @param idempotencyKey {@link RequestDeduplicator#HEADER}
 */
public record EventHeaders(
    Optional<String> metadata,
    Optional<String> eventTime,
    Optional<String> validTime,
    TopLevelFields keys,
    Optional<String> idempotencyKey) {
  /** No header at all. */
  public static final EventHeaders NONE =
      new EventHeaders(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          TopLevelFields.NONE,
          Optional.empty());
}
