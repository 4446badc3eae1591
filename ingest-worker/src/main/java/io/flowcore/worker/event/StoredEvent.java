package io.flowcore.worker.event;

import java.time.Instant;
import java.util.UUID;

/** An event as a store returns it. */
public record StoredEvent(UUID eventType, EventId id, EventDetails details, byte[] payload) {

  /** Returns the time that the event describes. */
  public Instant validTime() {
    return switch (details.validTime()) {
      case EventDetails.ValidTime.SameAsEventTime same -> EventTime.toInstant(id.ticks());
      case EventDetails.ValidTime.At at -> Instant.ofEpochSecond(at.epochSecond(), at.nano());
    };
  }

  /** Returns the approximate memory use of this object, in bytes. */
  public int size() {
    return payload.length + details.metadata().length + 200;
  }
}
