package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import java.util.List;

/**
 * What a request with a {@link IdempotencyKey} was answered.
 *
 * @param digest stands for all that the request said
 */
public record IdempotencyRecord(byte[] digest, List<EventId> ids) {}
