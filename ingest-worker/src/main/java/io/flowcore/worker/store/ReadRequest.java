package io.flowcore.worker.store;

import io.flowcore.worker.event.EventRange;
import java.util.UUID;

/**
 * A request for one page of the events of one type.
 *
 * @param maxEvents the maximum number of events, at least 1
 * @param maxBytes the page ends when it has reached this size; a page has at least one event, if
 *     the range has any
 */
public record ReadRequest(UUID eventType, EventRange range, int maxEvents, int maxBytes) {}
