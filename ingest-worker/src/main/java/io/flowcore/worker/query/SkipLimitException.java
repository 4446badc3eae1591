package io.flowcore.worker.query;

import io.flowcore.worker.event.EventId;

/**
 * A page ends because the hot store has skipped as many expired events as one page may. All events
 * up to a position were read. Has no stack trace.
 */
final class SkipLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient EventId position;

  SkipLimitException(EventId position) {
    super("too many expired events before the next event", null, false, false);
    this.position = position;
  }

  /** Returns the cursor of the next page. */
  EventId position() {
    return position;
  }
}
