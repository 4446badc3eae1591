package io.flowcore.worker.store;

import io.flowcore.worker.event.StoredEvent;

/**
 * An event that is migrated from one hot store to another.
 *
 * @param pendingArchive whether it must still be archived
 */
public record MovedEvent(StoredEvent event, boolean pendingArchive) {}
