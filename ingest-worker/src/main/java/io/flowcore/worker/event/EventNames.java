package io.flowcore.worker.event;

import java.util.UUID;

/** Where an event belongs, in the words of its URL. The names need no escaping in JSON. */
public record EventNames(String tenant, UUID dataCoreId, String flowType, String eventType) {}
