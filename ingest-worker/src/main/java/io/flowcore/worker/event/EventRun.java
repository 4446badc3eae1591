package io.flowcore.worker.event;

/**
 * Events that follow one another, as a query answers them: JSON objects with commas between, in a
 * part of an array that nobody changes. Where they stand side by side already, as in the archive,
 * they are never copied or looked at one by one.
 *
 * @param length in bytes, without a comma at the end
 * @param count how many events
 * @param last the id of the last one
 */
public record EventRun(byte[] json, int offset, int length, int count, EventId last) {

  /** One event. */
  public static EventRun of(EventId id, byte[] event) {
    return new EventRun(event, 0, event.length, 1, id);
  }
}
