package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import java.util.List;

/**
 * What a request with a {@link RequestKey} was answered.
 *
 * @param digest stands for all that the request said
 */
public record Receipt(byte[] digest, List<EventId> ids) {}
