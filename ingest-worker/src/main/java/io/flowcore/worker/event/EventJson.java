package io.flowcore.worker.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Instant;

/**
 * Writes events as JSON, for query results and for the archive. Copies the stored bytes of payload
 * and metadata without parsing them. The times have milliseconds; the event id has the full
 * precision. Archived lines are returned as they were written, and those of an earlier version can
 * have more digits.
 */
public final class EventJson {
  /** The metadata entry with the time at which the worker received the event. */
  public static final String INGESTED_AT = "ingested-at";

  private static final int FIXED_FIELDS_LENGTH = 512;

  private EventJson() {}

  /** Returns the event as a JSON object in UTF-8. The object begins with the event's id. */
  public static byte[] bytes(EventNames names, StoredEvent event) {
    byte[] metadata = event.details().metadata();
    ByteArrayOutputStream out =
        new ByteArrayOutputStream(FIXED_FIELDS_LENGTH + metadata.length + event.payload().length);
    StringBuilder head = new StringBuilder(FIXED_FIELDS_LENGTH);
    head.append("{\"eventId\":\"").append(event.id());
    head.append("\",\"timeBucket\":\"").append(event.id().bucket());
    head.append("\",\"tenant\":\"").append(names.tenant());
    head.append("\",\"dataCoreId\":\"").append(names.dataCoreId());
    head.append("\",\"flowType\":\"").append(names.flowType());
    head.append("\",\"eventType\":\"").append(names.eventType());
    head.append("\",\"metadata\":{\"").append(INGESTED_AT).append("\":\"");
    head.append(EventTime.format(Instant.ofEpochMilli(event.details().ingestedAtMillis())))
        .append('"');
    boolean hasMetadata = metadata.length > 2;
    if (hasMetadata) {
      head.append(',');
    }
    out.writeBytes(head.toString().getBytes(UTF_8));
    if (hasMetadata) {
      out.write(metadata, 1, metadata.length - 2);
    }
    out.writeBytes("},\"payload\":".getBytes(UTF_8));
    out.writeBytes(event.payload());
    String tail =
        ",\"validTime\":\""
            + EventTime.formatMillis(event.validTime())
            + "\",\"eventTime\":\""
            + EventTime.formatMillis(EventTime.toInstant(event.id().ticks()))
            + "\"}";
    out.writeBytes(tail.getBytes(UTF_8));
    return out.toByteArray();
  }
}
