package io.flowcore.worker.store;

import io.flowcore.worker.event.StoredEvent;
import java.util.List;

/**
 * Events in order.
 *
 * @param complete whether the range holds no more events behind these
 */
public record EventPage(List<StoredEvent> events, boolean complete) {}
