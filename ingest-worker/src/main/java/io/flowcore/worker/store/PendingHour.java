package io.flowcore.worker.store;

import io.flowcore.worker.event.TimeBucket;
import java.util.UUID;

/** An hour of an event type that contains events pending archive. */
public record PendingHour(UUID eventType, TimeBucket bucket) {}
