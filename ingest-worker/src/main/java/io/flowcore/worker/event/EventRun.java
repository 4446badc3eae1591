package io.flowcore.worker.event;

/**
 * Consecutive events as a query returns them: JSON objects, separated by commas, in a range of a
 * byte array that must not change. Events that are adjacent in the archive are returned as one run,
 * without copying or parsing each event.
 *
 * @param offset offset of the first event, in bytes
 * @param length length in bytes, without a comma at the end
 * @param count the number of events
 * @param last the id of the last event
 */
public record EventRun(byte[] json, int offset, int length, int count, EventId last) {

  /** Returns a run of one event. */
  public static EventRun single(EventId id, byte[] event) {
    return new EventRun(event, 0, event.length, 1, id);
  }
}
