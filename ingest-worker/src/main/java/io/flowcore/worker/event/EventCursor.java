package io.flowcore.worker.event;

/**
 * A position in a sequence of events that is read in one order. Used by one thread.
 *
 * <p>A cursor is called in this order: {@link #hasNext}, then {@link #headId}, then {@link #load}
 * until {@link #isLoaded}, then the head is read and skipped.
 *
 * @param <E> thrown if the events cannot be read
 */
public interface EventCursor<E extends Exception> {

  /**
   * Returns whether another event may follow. A cursor that knows this from an index does not read
   * the event yet.
   */
  boolean hasNext() throws E;

  /**
   * Returns the id of the next event. If it is not loaded, returns an id that is not after the next
   * event.
   */
  EventId headId();

  /** Returns whether the next event is in memory. */
  default boolean isLoaded() {
    return true;
  }

  /** Reads what may contain the next event. After that, {@link #hasNext} may return false. */
  default void load() throws E {}

  /**
   * Decides which cursor returns an event that several cursors have: the one with the lowest
   * number.
   */
  default int priority() {
    return 0;
  }

  /**
   * Skips events.
   *
   * @param events the number of events, at least 1, all loaded
   * @return the id of the last event skipped
   */
  EventId skip(int events) throws E;
}
