package io.flowcore.worker.event;

import java.time.Instant;
import java.util.UUID;

/** An event as a store gives it back. */
public record StoredEvent(UUID eventType, EventId id, EventDetails details, byte[] payload) {

  /** The time that the event speaks of. */
  public Instant validTime() {
    return switch (details.validTime()) {
      case EventDetails.ValidTime.SameAsEventTime same -> EventTime.toInstant(id.ticks());
      case EventDetails.ValidTime.At at -> Instant.ofEpochSecond(at.epochSecond(), at.nano());
    };
  }

  /** What it takes in memory, roughly, in bytes. */
  public int size() {
    return payload.length + details.metadata().length + 200;
  }
}
