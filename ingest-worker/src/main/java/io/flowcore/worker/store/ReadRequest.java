package io.flowcore.worker.store;

import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.ReadOrder;
import java.util.UUID;

/**
 * A part of the events of one type.
 *
 * @param first the lowest id that counts
 * @param last the highest id that counts
 * @param maxEvents at most so many events, 1 at least
 * @param maxBytes ends the page once it holds so many bytes; a page has one event at least, if
 *     there is any
 */
public record ReadRequest(
    UUID eventType, EventId first, EventId last, ReadOrder order, int maxEvents, int maxBytes) {}
