package io.flowcore.worker.event;

/**
 * The data that is stored with an event in addition to its id and payload.
 *
 * @param expiresAtSecond epoch second at which its TTL in the hot store ends
 * @param ingestedAtMillis epoch milliseconds at which the store committed it
 * @param validTime the time that the event describes
 * @param archive whether it can be archived
 * @param metadata a JSON object with string values, in UTF-8
 */
public record EventDetails(
    long expiresAtSecond,
    long ingestedAtMillis,
    ValidTime validTime,
    boolean archive,
    byte[] metadata) {

  /** The time that an event describes. */
  public sealed interface ValidTime {
    /** The valid time is the event time. */
    record SameAsEventTime() implements ValidTime {}

    /** A time that the client set, with the fields of {@link java.time.Instant}. */
    record At(long epochSecond, int nano) implements ValidTime {}
  }
}
