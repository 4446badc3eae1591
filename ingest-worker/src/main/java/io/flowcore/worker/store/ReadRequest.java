package io.flowcore.worker.store;

import io.flowcore.worker.event.EventRange;
import java.util.UUID;

/**
 * A request for one page of the events of one type.
 *
 * @param maxEvents the maximum number of events, at least 1
 * @param maxBytes the page ends when it has reached this size; a page has at least one event, if
 *     the range has any and {@code maxSkipped} is not reached before it
 * @param maxSkipped the page ends when this many expired events were skipped that are not removed
 *     yet, at least 1
 */
public record ReadRequest(
    UUID eventType, EventRange range, int maxEvents, int maxBytes, int maxSkipped) {
  /** Skipping this many events takes some tenths of a second. */
  public static final int DEFAULT_MAX_SKIPPED = 100_000;

  /** Creates a request that skips at most {@link #DEFAULT_MAX_SKIPPED} events. */
  public ReadRequest(UUID eventType, EventRange range, int maxEvents, int maxBytes) {
    this(eventType, range, maxEvents, maxBytes, DEFAULT_MAX_SKIPPED);
  }
}
