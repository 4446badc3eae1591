package io.flowcore.worker.store;

import io.flowcore.worker.event.TimeBucket;
import java.util.UUID;

/** An hour of an event type that holds events which wait to be archived. */
public record PendingHour(UUID eventType, TimeBucket bucket) {}
