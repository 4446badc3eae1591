package io.flowcore.worker.ingest;

import io.flowcore.worker.event.EventJson;
import java.util.List;

/** Metadata entries that the worker interprets or writes. */
final class MetadataKeys {
  /**
   * When the worker received the event. Added when the event is read; replaces an entry of the
   * client.
   */
  static final String INGESTED_AT = EventJson.INGESTED_AT;

  /** The program that sent the event, as the client names it. */
  static final String PRODUCER = "producer";

  /** The producer of events whose client names none. */
  static final String DEFAULT_PRODUCER = "flowcore-ingest-worker";

  /** The event time that the client set. */
  static final String EVENT_TIME = "event-time";

  /** The valid time that the client set. */
  static final String VALID_TIME = "valid-time-on/stored-event";

  /** How long the event stays in the hot store. */
  static final String TTL = "ttl-on/stored-event";

  /** Keeps the event out of the archive if it is {@code "true"}. */
  static final String DO_NOT_ARCHIVE = "do-not-archive-on/stored-event";

  /** Entries that only the worker writes. */
  static final List<String> WRITTEN_BY_WORKER = List.of(INGESTED_AT, EVENT_TIME, VALID_TIME);

  private MetadataKeys() {}
}
