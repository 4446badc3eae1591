package io.flowcore.worker.event;

/**
 * What is stored with an event besides its id and payload.
 *
 * @param expiresAtSecond epoch second from which on the hot copy may go
 * @param ingestedAtMillis epoch milliseconds at which the worker received it
 * @param validTime the time it speaks of
 * @param archive whether it may go to cold storage
 * @param metadata a JSON object of text values, in UTF-8, as the sender gave it
 */
public record EventDetails(
    long expiresAtSecond,
    long ingestedAtMillis,
    ValidTime validTime,
    boolean archive,
    byte[] metadata) {

  /** The time that an event speaks of. */
  public sealed interface ValidTime {
    /** The event time. */
    record SameAsEventTime() implements ValidTime {}

    /** A time that the sender gave, as in {@link java.time.Instant}. */
    record At(long epochSecond, int nano) implements ValidTime {}
  }
}
