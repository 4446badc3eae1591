package io.flowcore.worker.ingest;

import io.flowcore.worker.event.EventJson;
import java.util.List;

/** Entries of an event's metadata that mean something to the worker or come from it. */
public final class MetadataKeys {
  /** When the worker received the event. Set when it is read; a sender's own value gives way. */
  public static final String INGESTED_AT = EventJson.INGESTED_AT;

  /** The event time that the sender gave. */
  public static final String EVENT_TIME = "event-time";

  /** The valid time that the sender gave. */
  public static final String VALID_TIME = "valid-time-on/stored-event";

  /** How long the event stays hot. */
  public static final String TTL = "ttl-on/stored-event";

  /** Keeps the event out of cold storage when {@code "true"}. */
  public static final String DO_NOT_ARCHIVE = "do-not-archive-on/stored-event";

  /** Entries that only the worker writes. */
  static final List<String> WRITTEN_BY_WORKER = List.of(INGESTED_AT, EVENT_TIME, VALID_TIME);

  private MetadataKeys() {}
}
