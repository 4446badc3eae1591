package io.flowcore.worker.event;

import java.util.UUID;

/**
 * An event that does not have an id yet.
 *
 * @param eventType the id of its event type
 * @param eventTicks its event time in ticks, or {@link #WHEN_COMMITTED}
 * @param details the data that is stored with it
 * @param payload contains its JSON object; must not change
 * @param offset offset of the object, in bytes
 * @param length length of the object, in bytes
 */
public record NewEvent(
    UUID eventType, long eventTicks, EventDetails details, byte[] payload, int offset, int length) {
  /** The event time is the instant at which the store commits the event. */
  public static final long WHEN_COMMITTED = -1;
}
