package io.flowcore.worker.event;

import java.util.UUID;

/**
 * The names and ids in an event's URL. The names contain only characters that need no escaping in
 * JSON.
 */
public record EventNames(String tenant, UUID dataCoreId, String flowType, String eventType) {}
