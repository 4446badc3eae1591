package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import java.util.List;

/**
 * The response to a request with an {@link IdempotencyKey}.
 *
 * @param digest of the whole request, 32 bytes
 * @param ids of the events of the request, in order
 */
public record IdempotencyRecord(byte[] digest, List<EventId> ids) {}
