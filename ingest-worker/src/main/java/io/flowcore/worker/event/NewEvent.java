package io.flowcore.worker.event;

import java.util.UUID;

/**
 * An event that has no id yet.
 *
 * @param eventType id of its event type
 * @param eventTicks its event time, or {@link #WHEN_COMMITTED}
 * @param details what is stored with it
 * @param payload holds its JSON object; must not change after this
 * @param offset where the object begins
 * @param length the object's bytes
 */
public record NewEvent(
    UUID eventType, long eventTicks, EventDetails details, byte[] payload, int offset, int length) {
  /** Stands for the instant at which the store commits the event. */
  public static final long WHEN_COMMITTED = -1;
}
