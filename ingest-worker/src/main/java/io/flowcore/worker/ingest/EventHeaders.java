package io.flowcore.worker.ingest;

import io.flowcore.worker.ingest.json.TopLevelFields;
import java.util.Optional;

/**
 * The headers of a request that apply to its events.
 *
 * @param metadata {@link MetadataHeader#NAME}
 * @param eventTime {@code x-flowcore-event-time}
 * @param validTime {@code x-flowcore-valid-time}
 * @param keys {@code x-flowcore-event-time-key} and {@code x-flowcore-valid-time-key}
 * @param idempotencyKey {@link RequestDeduplicator#HEADER}, with its scope
 */
public record EventHeaders(
    Optional<String> metadata,
    Optional<String> eventTime,
    Optional<String> validTime,
    TopLevelFields keys,
    Optional<RequestKey> idempotencyKey) {
  /** The request has none of these headers. */
  public static final EventHeaders NONE =
      new EventHeaders(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          TopLevelFields.NONE,
          Optional.empty());
}
