package io.flowcore.worker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.catalog.EventTypeRoute;
import io.flowcore.worker.event.EventTime;
import io.flowcore.worker.event.StoredEvent;
import io.flowcore.worker.ingest.MetadataKeys;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;

/**
 * Writes an event as the query answers it. Payload and metadata are the stored bytes; nothing is
 * parsed.
 */
final class EventJson {
  private EventJson() {}

  static void write(EventTypeRoute route, StoredEvent event, OutputStream out) throws IOException {
    byte[] metadata = event.details().metadata();
    StringBuilder head = new StringBuilder(512);
    head.append("{\"eventId\":\"").append(event.id());
    head.append("\",\"timeBucket\":\"").append(event.id().bucket());
    head.append("\",\"tenant\":\"").append(route.dataCore().tenant());
    head.append("\",\"dataCoreId\":\"").append(route.dataCore().id());
    head.append("\",\"flowType\":\"").append(route.flowType().name());
    head.append("\",\"eventType\":\"").append(route.eventType().name());
    head.append("\",\"metadata\":{\"").append(MetadataKeys.INGESTED_AT).append("\":\"");
    head.append(EventTime.format(Instant.ofEpochMilli(event.details().ingestedAtMillis())))
        .append('"');
    boolean more = metadata.length > 2;
    if (more) {
      head.append(',');
    }
    out.write(head.toString().getBytes(UTF_8));
    if (more) {
      out.write(metadata, 1, metadata.length - 2);
    }
    out.write("},\"payload\":".getBytes(UTF_8));
    out.write(event.payload());
    String tail =
        ",\"validTime\":\""
            + EventTime.format(event.validTime())
            + "\",\"eventTime\":\""
            + EventTime.format(EventTime.toInstant(event.id().ticks()))
            + "\"}";
    out.write(tail.getBytes(UTF_8));
  }
}
