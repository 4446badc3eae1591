package io.flowcore.worker.event;

import java.util.OptionalLong;
import java.util.UUID;

/**
 * An event that does not have an id yet.
 *
 * @param eventType the id of its event type
 * @param eventTicks its event time in ticks, or {@link #WHEN_COMMITTED}
 * @param ttlSeconds how long it stays in the hot store, from its commit on. If empty, the times in
 *     its details are final: it was committed before, by another store
 * @param details the data that is stored with it; with a TTL, see {@link #detailsAt} for its times
 * @param payload contains its JSON object; must not change
 * @param offset offset of the object, in bytes
 * @param length length of the object, in bytes
 */
public record NewEvent(
    UUID eventType,
    long eventTicks,
    OptionalLong ttlSeconds,
    EventDetails details,
    byte[] payload,
    int offset,
    int length) {
  /** The event time is the instant at which the store commits the event. */
  public static final long WHEN_COMMITTED = -1;

  /** Creates an event whose details contain its final times. */
  public NewEvent(
      UUID eventType,
      long eventTicks,
      EventDetails details,
      byte[] payload,
      int offset,
      int length) {
    this(eventType, eventTicks, OptionalLong.empty(), details, payload, offset, length);
  }

  /**
   * Returns the details to store. The TTL starts at the commit, however long the request took, and
   * a fraction of a second is rounded up, because a TTL is a minimum.
   *
   * @param commitTicks the time of the commit, in ticks
   */
  public EventDetails detailsAt(long commitTicks) {
    return detailsAt(commitTicks, commitTicks);
  }

  /**
   * Returns the details to store.
   *
   * @param commitTicks the time of the commit, in ticks
   * @param ttlStartTicks from when the TTL counts, in ticks: not before the commit
   */
  public EventDetails detailsAt(long commitTicks, long ttlStartTicks) {
    if (ttlSeconds.isEmpty()) {
      return details;
    }
    long wholeSeconds = Math.ceilDiv(ttlStartTicks, EventTime.PER_SECOND);
    return new EventDetails(
        EventTime.EPOCH.getEpochSecond() + wholeSeconds + ttlSeconds.getAsLong(),
        EventTime.toInstant(commitTicks).toEpochMilli(),
        details.validTime(),
        details.archive(),
        details.metadata());
  }
}
