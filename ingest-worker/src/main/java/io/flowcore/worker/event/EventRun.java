package io.flowcore.worker.event;

/**
 * Consecutive events in the form in which a query returns them: JSON objects separated by commas,
 * in a section of an array that must not be modified. Events that are adjacent in the archive are
 * returned as one run, without copying or parsing each of them.
 *
 * @param length in bytes, without a trailing comma
 * @param count the number of events
 * @param last the id of the last event
 */
public record EventRun(byte[] json, int offset, int length, int count, EventId last) {

  /** Returns a run of one event. */
  public static EventRun single(EventId id, byte[] event) {
    return new EventRun(event, 0, event.length, 1, id);
  }
}
