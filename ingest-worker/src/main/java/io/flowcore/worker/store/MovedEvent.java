package io.flowcore.worker.store;

import io.flowcore.worker.event.StoredEvent;

/**
 * An event on its way from one hot store to another.
 *
 * @param waits whether it waits to be archived
 */
public record MovedEvent(StoredEvent event, boolean waits) {}
