package io.flowcore.worker.store.cassandra.partition;

import io.flowcore.worker.event.EventId;

/** Where an event is stored: its partition and its id. */
public record Placement(PartitionKey partition, EventId id) {}
